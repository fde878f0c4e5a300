/** Streams that this node produces on one link: numbers them, and passes on credit and room. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import type { Step, StreamSource } from '../../service/call/stream-source.js';
import { IdTable } from '../../util/id-table.js';
import { nameOf } from '../calls/call-failures.js';
import type { CallName } from '../calls/callee.js';
import { traceStream } from '../tracing.js';
import type { OpenStream } from './open-stream.js';
import { OutgoingStream, type ProducingLink } from './outgoing-stream.js';

export class OutgoingStreams {
  readonly #link: ProducingLink;
  readonly #streams = new IdTable<OutgoingStream>(8);
  #next = 1;

  constructor(link: ProducingLink) {
    this.#link = link;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Lists the open streams, for monitoring. */
  list(): OpenStream[] {
    return [...this.#streams.values()].map(({ id, target, opened, sent }) => ({
      id,
      direction: 'out',
      owner: target === undefined ? '' : nameOf(target),
      opened,
      size: sent,
    }));
  }

  /**
   * Opens a stream; items follow from the next turn on.
   *
   * @param target call whose result or argument contains it
   * @returns its number
   * @throws NetronError `resource_exhausted` when the other end accepts no more streams
   */
  open(source: StreamSource, target?: CallName): number {
    const { accepted, node, owner } = this.#link;
    const limit = Math.min(accepted.streams, node.limits.streams);
    if (this.#streams.size >= limit) throw new NetronError('resource_exhausted', `${limit} streams are already open`);
    const id = this.#next;
    this.#next += 1;
    const trace = traceStream(owner.id, 'out', id);
    const stream = new OutgoingStream(id, target, source, this.#link, (error) => {
      if (this.#streams.delete(id) !== undefined) node.inFlight.delete();
      trace?.(error);
      return source.call !== undefined && !this.#produces(source.call);
    });
    this.#streams.add(id, stream);
    node.inFlight.add();
    queueMicrotask(() => stream.pull());
    return id;
  }

  /** Whether `call` has streams left. */
  #produces(call: CallContext): boolean {
    for (const { source } of this.#streams.values()) if (source.call === call) return true;
    return false;
  }

  /** Adds credit of `bytes`. */
  credit(id: number, bytes: number): void {
    this.#streams.get(id)?.credit(bytes);
  }

  /** Stops a stream: the consumer has left, or the packet that announced the stream was not sent. */
  stop(id: number): void {
    this.#streams.get(id)?.stop('the consumer left the stream');
  }

  /** Requests the next item of a generator that the consumer steps through; one that has ended has none. */
  step(id: number, step: Step): void {
    this.#streams.get(id)?.step(step);
  }

  /** Takes back a stream that was not announced yet; its source can be opened again. */
  withdraw(id: number): void {
    this.#streams.get(id)?.withdraw();
  }

  /** Fails the streams that belong to calls of the other end; those that this node sends on its own continue. */
  revoke(error: NetronError): void {
    for (const stream of [...this.#streams.values()]) if (stream.source.call !== undefined) stream.revoke(error);
  }

  /** Continues when the outbox has room again. */
  drained(): void {
    for (const stream of this.#streams.values()) stream.pull();
  }

  /** Stops all streams: the link has ended. */
  close(): void {
    for (const stream of [...this.#streams.values()]) stream.stop('the connection was lost');
  }
}
