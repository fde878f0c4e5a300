/**
 * Hands each packet to the part of the link that is in charge of its kind: receives decoded packets from the inbox. What
 * came with a packet and was not wanted goes back.
 */
import { NetronError } from '../../errors/netron-error.js';
import { type CallHeader, type PacketSink, writePong, writeUnknown } from '../../wire/packets.js';
import { valueFeatures } from '../../wire/value-features.js';
import type { IncomingCalls } from '../calls/incoming.js';
import type { OutgoingCalls } from '../calls/outgoing.js';
import type { Subscriptions } from '../events/outgoing-subscriptions.js';
import type { Exports } from '../references/exports.js';
import type { IncomingHandles } from '../references/incoming-handles.js';
import { releaseAll } from '../references/received.js';
import type { IncomingStreams } from '../streams/incoming.js';
import type { OutgoingStreams } from '../streams/outgoing.js';
import type { Heartbeat } from './heartbeat.js';
import type { Outbox } from './outbox.js';

/** Pings answered between two heartbeats of the node (B14). */
const maxPings = 100;

/** Members of the link that its packets go to. */
export interface RoutedLink {
  readonly calls: Pick<OutgoingCalls, 'result' | 'error'>;
  readonly incoming: Pick<IncomingCalls, 'call' | 'pipe' | 'cancel' | 'drop' | 'refuse'>;
  readonly outgoingStreams: Pick<OutgoingStreams, 'credit' | 'stop'>;
  readonly incomingStreams: Pick<IncomingStreams, 'item' | 'end' | 'fail' | 'abort'>;
  readonly exports: Pick<Exports, 'release'>;
  readonly incomingHandles: Pick<IncomingHandles, 'takeAwaited' | 'takeFailure' | 'takeReceived' | 'transferReceived'>;
  readonly subscriptions: Pick<Subscriptions, 'event'>;
  readonly heartbeat: Pick<Heartbeat, 'mayAnswer' | 'pong'>;
  readonly outbox: Pick<Outbox, 'packet' | 'writer'>;
  /** A later message is a chunk of `stream`, and nothing else. */
  announce(stream: number, length: number): void;
  /** The other end has announced services or withdrawn them. */
  servicesChanged(added: readonly string[], removed: readonly string[]): void;
  /** The other end takes no more calls. */
  goodbye(code: string, reason: string, retryAfterMs: number | undefined): void;
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}

export class PacketRouter implements PacketSink {
  readonly #link: RoutedLink;

  constructor(link: RoutedLink) {
    this.#link = link;
  }

  hello(): void {
    throw new NetronError('invalid_argument', 'a second hello');
  }

  call(id: number, handle: number, member: number, flags: number, header: CallHeader | undefined, args: unknown[]): void {
    const failure = this.#link.incomingHandles.takeFailure();
    if (failure !== undefined) return this.#refuse(id, flags, failure);
    this.#link.incoming.call(id, handle, member, flags, header, args);
    this.#releaseReceived();
  }

  pipe(
    id: number,
    source: number,
    path: string[],
    flags: number,
    header: CallHeader | undefined,
    args: unknown[] | undefined,
  ): void {
    const failure = this.#link.incomingHandles.takeFailure();
    if (failure !== undefined) return this.#refuse(id, flags, failure);
    this.#link.incoming.pipe(id, source, path, flags, header, args);
    this.#releaseReceived();
  }

  result(id: number, value: unknown): void {
    const failure = this.#failure();
    if (failure !== undefined) this.#link.calls.error(id, failure, 'ran');
    else {
      const callee = this.#link.calls.result(id, value);
      if (callee !== undefined) return this.#link.incomingHandles.transferReceived(callee);
    }
    // Nobody gets it: references are given back, streams stopped.
    this.#releaseReceived();
  }

  error(id: number, error: Error, notRun = false): void {
    this.#discardReceived();
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

  item(stream: number, value: unknown, size: number): void {
    const { incomingHandles, incomingStreams } = this.#link;
    const failure = this.#failure();
    if (failure === undefined) return incomingStreams.item(stream, value, size, incomingHandles.takeReceived());
    this.#releaseReceived();
    incomingStreams.abort(stream, failure);
  }

  bytes(stream: number, chunk: Uint8Array): void {
    this.#link.incomingStreams.item(stream, chunk, chunk.length);
  }

  raw(stream: number, length: number): void {
    this.#link.announce(stream, length);
  }

  end(stream: number, value?: unknown): void {
    const { incomingHandles, incomingStreams } = this.#link;
    const failure = this.#failure();
    if (failure === undefined) return incomingStreams.end(stream, value, incomingHandles.takeReceived());
    this.#releaseReceived();
    incomingStreams.fail(stream, failure);
  }

  fail(stream: number, error: Error): void {
    this.#discardReceived();
    this.#link.incomingStreams.fail(stream, error);
  }

  credit(stream: number, bytes: number): void {
    this.#link.outgoingStreams.credit(stream, bytes);
  }

  stop(stream: number): void {
    this.#link.outgoingStreams.stop(stream);
  }

  event(subscription: number, name: string | undefined, data: unknown): void {
    const failure = this.#failure();
    this.#releaseReceived();
    // It is not delivered without a part of it.
    if (failure !== undefined) return this.#link.reportError(failure);
    this.#link.subscriptions.event(subscription, name, data);
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
    this.#discardReceived();
    this.#link.servicesChanged(added, removed);
  }

  goodbye(code: string, reason: string, retryAfterMs: number | undefined): void {
    this.#discardReceived();
    this.#link.goodbye(code, reason, retryAfterMs);
  }

  unknown(kind: number): void {
    this.#link.outbox.packet(writeUnknown, kind);
  }

  /** Returns why a packet that is no call fails. Results of calls under way belong into arguments only. */
  #failure(): NetronError | undefined {
    const failure = this.#link.incomingHandles.takeFailure();
    if (this.#link.incomingHandles.takeAwaited() === undefined) return failure;
    return failure ?? new NetronError('invalid_argument', 'the peer has sent a result to come outside of arguments');
  }

  #refuse(id: number, flagBits: number, failure: NetronError): void {
    this.#releaseReceived();
    this.#link.incoming.refuse(id, flagBits, failure);
  }

  /** Errors and events bring no references or streams: whoever sends some all the same gets them back. */
  #discardReceived(): void {
    this.#failure();
    this.#releaseReceived();
  }

  /** A call that was refused leaves its references and streams behind. */
  #releaseReceived(): void {
    this.#link.incomingHandles.takeAwaited();
    releaseAll(this.#link.incomingHandles.takeReceived());
  }
}
