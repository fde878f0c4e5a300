/**
 * Hands each packet to the part of the link that is in charge of its kind: receives decoded packets from the inbox.
 */
import { NetronError } from '../../errors/netron-error.js';
import { type CallHeader, type PacketSink, writePong, writeUnknown } from '../../wire/packets.js';
import type { Received } from '../../wire/received.js';
import { valueFeatures } from '../../wire/value-features.js';
import type { IncomingCalls } from '../calls/incoming.js';
import type { OutgoingCalls } from '../calls/outgoing.js';
import type { Subscriptions } from '../events/outgoing-subscriptions.js';
import type { Exports } from '../references/exports.js';
import type { IncomingStreams } from '../streams/incoming.js';
import type { OutgoingStreams } from '../streams/outgoing.js';
import type { Heartbeat } from './heartbeat.js';
import type { Outbox } from './outbox.js';

/** Pings answered between two heartbeats of the node. */
const maxPings = 100;

/** Members of the link that its packets go to. */
export interface RoutedLink {
  readonly calls: Pick<OutgoingCalls, 'result' | 'error'>;
  readonly incoming: Pick<IncomingCalls, 'call' | 'pipe' | 'cancel' | 'drop' | 'refuse'>;
  readonly outgoingStreams: Pick<OutgoingStreams, 'credit' | 'stop'>;
  readonly incomingStreams: Pick<IncomingStreams, 'item' | 'end' | 'fail' | 'abort'>;
  readonly exports: Pick<Exports, 'release'>;
  readonly subscriptions: Pick<Subscriptions, 'event'>;
  readonly heartbeat: Pick<Heartbeat, 'mayAnswer' | 'pong'>;
  readonly outbox: Pick<Outbox, 'packet' | 'writer'>;
  /** A later message is a chunk of `stream`, and nothing else. */
  announce(stream: number, length: number): void;
  /** The other end has announced services or withdrawn them. */
  servicesChanged(added: readonly string[], removed: readonly string[]): void;
  /** Messages of the session have arrived; absent when there is none. */
  readonly acknowledged: ((count: number) => void) | undefined;
  /** The other end takes no more calls. */
  goodbye(code: string, reason: string, retryAfterMs: number | undefined): void;
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}

export class PacketRouter implements PacketSink {
  readonly ack: ((count: number) => void) | undefined;
  readonly #link: RoutedLink;

  constructor(link: RoutedLink) {
    this.#link = link;
    this.ack = link.acknowledged;
  }

  hello(): void {
    throw new NetronError('invalid_argument', 'a second hello');
  }

  call(
    id: number,
    handle: number,
    member: number,
    flags: number,
    header: CallHeader | undefined,
    args: unknown[],
    received: Received | undefined,
  ): void {
    const { incoming } = this.#link;
    if (received?.failure === undefined) incoming.call(id, handle, member, flags, header, args, received);
    else incoming.refuse(id, flags, received.failure);
  }

  pipe(
    id: number,
    source: number,
    path: string[],
    flags: number,
    header: CallHeader | undefined,
    args: unknown[] | undefined,
    received: Received | undefined,
  ): void {
    const { incoming } = this.#link;
    if (received?.failure === undefined) incoming.pipe(id, source, path, flags, header, args, received);
    else incoming.refuse(id, flags, received.failure);
  }

  result(id: number, value: unknown, received: Received | undefined): void {
    const { calls } = this.#link;
    const failure = failureOf(received);
    if (failure !== undefined) return calls.error(id, failure, 'ran');
    const callee = calls.result(id, value);
    if (callee !== undefined) received?.transfer(callee);
  }

  error(id: number, error: Error, notRun = false): void {
    // An end of before that does not tell refusals from what methods throw.
    const otherwise = (this.#link.outbox.writer.features & valueFeatures.outcome) === 0 ? 'unknown' : 'ran';
    this.#link.calls.error(id, error, notRun ? 'not_run' : otherwise);
  }

  cancel(id: number): void {
    this.#link.incoming.cancel(id);
  }

  drop(id: number): void {
    this.#link.incoming.drop(id);
  }

  item(stream: number, value: unknown, size: number, received: Received | undefined): void {
    const { incomingStreams } = this.#link;
    const failure = failureOf(received);
    if (failure === undefined) incomingStreams.item(stream, value, size, received);
    else incomingStreams.abort(stream, failure);
  }

  bytes(stream: number, chunk: Uint8Array): void {
    this.#link.incomingStreams.item(stream, chunk, chunk.length);
  }

  raw(stream: number, length: number): void {
    this.#link.announce(stream, length);
  }

  end(stream: number, value?: unknown, received?: Received): void {
    const { incomingStreams } = this.#link;
    const failure = failureOf(received);
    if (failure === undefined) incomingStreams.end(stream, value, received);
    else incomingStreams.fail(stream, failure);
  }

  fail(stream: number, error: Error): void {
    this.#link.incomingStreams.fail(stream, error);
  }

  credit(stream: number, bytes: number): void {
    this.#link.outgoingStreams.credit(stream, bytes);
  }

  stop(stream: number): void {
    this.#link.outgoingStreams.stop(stream);
  }

  event(subscription: number, name: string | undefined, data: unknown, received: Received | undefined): void {
    // It is not delivered without a part of it.
    const failure = failureOf(received);
    if (failure !== undefined) this.#link.reportError(failure);
    else this.#link.subscriptions.event(subscription, name, data);
  }

  release(handle: number, count: number): void {
    this.#link.exports.release(handle, count);
  }

  ping(number: number): void {
    if (!this.#link.heartbeat.mayAnswer(maxPings)) throw new NetronError('resource_exhausted', 'too many pings');
    this.#link.outbox.packet(writePong, number);
  }

  pong(number: number): void {
    this.#link.heartbeat.pong(number);
  }

  services(added: string[], removed: string[]): void {
    this.#link.servicesChanged(added, removed);
  }

  goodbye(code: string, reason: string, retryAfterMs: number | undefined): void {
    this.#link.goodbye(code, reason, retryAfterMs);
  }

  unknown(kind: number): void {
    this.#link.outbox.packet(writeUnknown, kind);
  }
}

/** Returns the reason why a packet that is no call fails: results of calls under way belong into arguments only. */
function failureOf(received: Received | undefined): NetronError | undefined {
  if (received?.awaited === undefined) return received?.failure;
  return received.failure ?? new NetronError('invalid_argument', 'the peer has sent a result to come outside of arguments');
}
