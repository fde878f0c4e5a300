/**
 * One conversation over one connection, after its handshake: passes messages from the connection to the inbox, whose packets go to the
 * part responsible for each kind.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { BoundMember, BoundService } from '../../service/call/bound-service.js';
import { closeCodeOf } from '../../transport/close.js';
import type { ConnectionReceiver } from '../../transport/transport.js';
import type { Limits } from '../../wire/limits.js';
import { writeAck, writeGoodbye, writeUnknown } from '../../wire/packets.js';
import { OutgoingCalls } from '../calls/outgoing.js';
import type { Publisher } from '../events/publisher.js';
import type { PeerNode } from '../peer-node.js';
import { nothingAdvertised } from '../references/advertised.js';
import { Imports } from '../references/imports.js';
import { IncomingHandles } from '../references/incoming-handles.js';
import { resumeFailed } from '../session/resume-failed.js';
import { type EndTrace, traceConnection } from '../tracing.js';
import { agree } from './agreement.js';
import type { Hello } from './greeting.js';
import { Inbox } from './inbox.js';
import type { LinkConnection } from './link-connection.js';
import type { LinkOwner } from './link-owner.js';
import type { CallbackPart, EventPart, FlowPart, HandlePart, HeartbeatPart, StreamPart } from './link-parts.js';
import { Outbox } from './outbox.js';

export class Link implements ConnectionReceiver {
  readonly owner: LinkOwner<Link>;
  readonly node: PeerNode;
  /** Limits that the other end accepts. */
  readonly accepted: Readonly<Limits>;
  readonly outbox: Outbox;
  readonly calls: OutgoingCalls;
  readonly incoming: ReturnType<CallbackPart['incoming']>;
  readonly outgoingStreams: ReturnType<StreamPart['outgoing']>;
  readonly incomingStreams: ReturnType<StreamPart['incoming']>;
  readonly exports: ReturnType<CallbackPart['exports']>;
  readonly imports: Imports;
  readonly incomingHandles: IncomingHandles;
  readonly outgoingHandles: ReturnType<HandlePart['outgoing']>;
  readonly subscriptions: ReturnType<EventPart['link']>;
  /** Publisher of this node's events to the other end; absent when there are none. */
  readonly publisher: Publisher | undefined;
  readonly connection: LinkConnection;
  /** Handles the count of session messages that have arrived at the other end; absent without a session. */
  readonly ack: ((count: number) => void) | undefined;
  /** Memory of the node that this connection uses for received data. */
  readonly account: ReturnType<FlowPart['account']>;
  readonly heartbeat: ReturnType<HeartbeatPart>;
  readonly #inbox: Inbox;
  readonly #gate: ReturnType<FlowPart['gate']>;
  /** Reports a failure that no caller awaits. A property, since parts pass it on. */
  readonly reportError = (error: unknown): void => this.owner.reportError(error);
  #closed = false;
  readonly #trace: EndTrace | undefined;
  /** Arrival time of the message being read, in monotonic milliseconds; 0 until it is asked for. */
  #arrived = 0;

  /** @param advertised services of this node that the hello has announced */
  constructor(
    connection: LinkConnection,
    node: PeerNode,
    owner: LinkOwner<Link>,
    local: Hello,
    remote: Hello,
    advertised = nothingAdvertised,
  ) {
    this.connection = connection;
    this.ack = connection.acknowledged && ((count) => this.#acknowledged(count));
    this.node = node;
    this.owner = owner;
    const agreed = agree(local, remote, node.compression);
    this.accepted = agreed.limits;
    this.account = node.parts.flow.account(node.receiving);
    const { callbacks, streams, longMessages } = node.parts;
    const long = agreed.parts ? longMessages : undefined;
    const outgoingParts = long && (() => long.outgoing(connection, node.scheduler, () => this.drained()));
    this.outbox = new Outbox(connection, node.buffers, node.turnEnds, agreed.compression, outgoingParts);
    this.outbox.limits = this.accepted;
    this.outbox.writer.errors = node.errors;
    this.outbox.writer.values = node.values;
    this.outbox.writer.features = agreed.values;
    this.calls = new OutgoingCalls(this);
    this.outgoingStreams = streams.outgoing(this);
    this.incomingStreams = streams.incoming(this);
    this.exports = callbacks.exports(node, Math.min(remote.limits.handles, node.limits.handles), advertised);
    const concealed = advertised.services.filter((bound) => !node.services.exposes(bound));
    for (const { target } of concealed) this.exports.conceal(target);
    this.imports = new Imports(this, remote.offers);
    this.incomingHandles = new IncomingHandles(this);
    this.outgoingHandles = node.parts.handles.outgoing(this);
    this.outbox.handles = this.outgoingHandles;
    this.outbox.writer.handles = this.outgoingHandles;
    this.subscriptions = node.parts.events.link(this);
    this.incoming = callbacks.incoming(this);
    this.#trace = traceConnection(owner.id, connection.remoteAddress);
    this.heartbeat = node.parts.heartbeat(this);
    this.#inbox = new Inbox(this, this, agreed.compression, long && (() => long.incoming(this)), agreed.graphs);
    this.#gate = node.parts.flow.gate(this);
    this.publisher = node.publisher?.(this, local.services, concealed);
  }

  /** Whether the conversation continues. */
  get open(): boolean {
    return !this.#closed;
  }

  /** Returns the latency of the connection in milliseconds, when known; measured while this is called. */
  lineLength(now: number): number | undefined {
    return this.heartbeat.lineLength(now);
  }

  /** Whether nothing runs, is being sent, or is awaited. */
  get idle(): boolean {
    return this.incoming.size === 0 && this.outgoingStreams.size === 0 && this.calls.size === 0;
  }

  message(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.heartbeat.heard = true;
    this.#arrived = 0;
    this.#gate.begin();
    try {
      this.#inbox.receive(bytes);
    } catch (error) {
      this.violated(NetronError.from(error, 'internal'));
    }
    if (!this.#closed) this.#gate.end();
    this.outbox.watchers?.changed();
  }

  /** Returns a member of this node's own service for a call over this link. */
  systemMember(number: number): BoundMember | undefined {
    return this.node.system(number, this);
  }

  /** Arrival time of the message being read, in monotonic milliseconds. The clock is read once for all calls in the message. */
  get arrived(): number {
    if (this.#arrived === 0) this.#arrived = this.node.clock.now();
    return this.#arrived;
  }

  /** Whether the other end must read what it was sent before it gets more answers. `drained` follows. */
  stalled(): boolean {
    return this.#gate.stalled();
  }

  /** Resolves a possible deadlock, when both ends wait for each other: answers are read again, calls are refused. */
  breakStall(): void {
    this.#gate.breakStall();
  }

  /** Returns the bytes of memory of the call just read; `undefined` when it cannot wait. */
  cost(): number | undefined {
    return this.#gate.cost();
  }

  /** Notes that a waiting call has started. */
  begun(cost: number): void {
    this.#gate.begun(cost);
  }

  drained(): void {
    if (this.#closed) return;
    this.outbox.drained();
    this.#gate.drained();
    this.heartbeat.flowing();
    this.incoming.drained();
    this.calls.drained();
    this.outgoingStreams.drained();
    this.publisher?.drained();
    this.outbox.sendParts();
    this.#gate.open();
  }

  closed(error: Error | undefined): void {
    this.#end(error);
  }

  /** Tells the other end to send no more calls; running ones continue. */
  sayGoodbye(code: 'unavailable' | 'canceled', reason: string, retryAfterMs?: number): void {
    this.outbox.packet(writeGoodbye, { code, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }

  /** Sends everything queued and closes the link. */
  close(reason: string): void {
    if (this.#closed) return;
    this.connection.cork?.();
    this.outbox.flushAll();
    this.connection.close(1000, reason);
    this.connection.uncork?.();
    this.#end(undefined);
  }

  /** Closes the link at once. */
  terminate(error: Error): void {
    const { connection } = this;
    if (connection.abandon === undefined) connection.terminate();
    else connection.abandon();
    this.#end(error);
  }

  /** Cuts a broken connection. Returns whether the conversation continues over the next one. */
  interrupt(error: Error): boolean {
    if (this.connection.interrupt?.(error.message)) return true;
    this.terminate(error);
    return false;
  }

  /** Tells the other end how many messages of the session have arrived. */
  acknowledge(count: number): void {
    this.outbox.packet(writeAck, count);
  }

  #acknowledged(count: number): void {
    if (this.connection.acknowledged?.(count) === false) {
      throw new NetronError('invalid_argument', `${count} messages were acknowledged that were not sent`);
    }
  }

  /** Expects a later message to be a chunk of `stream` and nothing else. */
  raw(stream: number, length: number): void {
    this.#inbox.announce(stream, length);
  }

  /** Handles a packet of a later protocol version. */
  unknown(kind: number): void {
    this.outbox.packet(writeUnknown, kind);
  }

  /** Handles services that the other end has announced or withdrawn. */
  services(added: readonly string[], removed: readonly string[]): void {
    this.owner.servicesChanged(this, added, removed);
  }

  /** Handles a goodbye: the other end accepts no more calls on this link. */
  goodbye(code: string, reason: string, retryAfterMs: number | undefined): void {
    this.publisher?.leave();
    this.owner.linkGoodbye(this, code, reason, retryAfterMs);
  }

  /** Handles another identity of the other end: ends its activities that the new identity may not continue. */
  callerChanged(): void {
    this.outgoingStreams.revoke(new NetronError('unauthenticated', 'the identity of the caller has changed'));
    this.publisher?.recheck();
  }

  /**
   * Replaces a service of this node by another one of the same name and version.
   *
   * @returns whether both have the same definition
   */
  replace(before: BoundService, after: BoundService): boolean {
    this.publisher?.replace(before.target, after.target);
    return this.exports.replace(before, after);
  }

  /** Hides a service of this node from the other end. */
  conceal(bound: BoundService): void {
    this.exports.conceal(bound.target);
    this.publisher?.conceal(bound.target);
  }

  /** Closes the link because the other end violates the protocol. The other end receives the reason; other peers are not affected. */
  violated(error: NetronError): void {
    if (this.#closed) return;
    this.node.logger.warn({ peer: this.owner.id, code: error.code, reason: error.message }, 'closing a connection');
    const { outbox } = this;
    outbox.begin();
    // Details of an internal failure are only logged locally.
    const reason = error.code === 'internal' ? 'internal error' : error.message.slice(0, 256);
    writeGoodbye(outbox.writer, { code: error.code, reason });
    outbox.commit();
    outbox.flush();
    this.connection.close(closeCodeOf(error), reason);
    this.#end(error);
  }

  #end(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.close();
    this.account.close();
    this.heartbeat.stop();
    this.outbox.close();
    const reason = error === undefined ? 'the connection was closed' : `the connection was lost: ${error.message}`;
    this.incoming.close();
    this.outgoingStreams.close();
    const details = resumeFailed(error);
    this.incomingStreams.close(reason, details);
    this.subscriptions.close();
    this.publisher?.close();
    this.imports.close();
    this.exports.clear();
    this.calls.close(reason, details);
    this.#trace?.(error);
    this.owner.linkClosed(this, error);
  }
}
