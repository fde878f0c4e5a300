/**
 * Streams this node consumes on one link: receives item packets, hands each to its stream.
 */
import { NetronError } from '../../errors/netron-error.js';
import { IdTable } from '../../util/id-table.js';
import { notTicking } from '../../util/ticker.js';
import { writeStop } from '../../wire/packets.js';
import { failureOf, type Received } from '../../wire/received.js';
import { CreditReserve, initialCredit } from './credit-window.js';
import { type ConsumingLink, IncomingStream, ItemWithHandles, type StreamTable } from './incoming-stream.js';
import type { OpenStream } from './open-stream.js';
import { itemCost } from './outgoing-stream.js';

export class IncomingStreams implements StreamTable {
  tickerPlace = notTicking;
  readonly #link: ConsumingLink;
  readonly #streams = new IdTable<IncomingStream>(8);
  readonly reserve: CreditReserve;

  constructor(link: ConsumingLink) {
    const { window, streams } = link.node.limits;
    this.#link = link;
    this.reserve = new CreditReserve(window - streams * initialCredit);
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Open streams, for monitoring. */
  list(): OpenStream[] {
    return [...this.#streams.values()].map(({ id, owner, opened, buffered }) => ({
      id,
      direction: 'in',
      owner,
      opened,
      size: buffered,
    }));
  }

  /**
   * A stream announced by the other end.
   *
   * @throws NetronError `resource_exhausted` when too many are open, `invalid_argument` when the number is taken
   */
  open(id: number): IncomingStream {
    const limit = this.#link.node.limits.streams;
    if (this.#streams.size >= limit) throw new NetronError('resource_exhausted', `${limit} streams are open already`);
    const stream = new IncomingStream(id, this, this.#link);
    if (!this.#streams.add(id, stream)) throw new NetronError('invalid_argument', `stream ${id} is open already`);
    return stream;
  }

  /** An item, whose packet had `size` bytes. Items of streams nobody reads any more are dropped, with what they brought. */
  item(id: number, value: unknown, size: number, received?: Received): void {
    const failure = failureOf(received);
    if (failure !== undefined) return this.abort(id, failure);
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const handles = received?.take(stream.owner);
    stream.push(handles === undefined ? value : new ItemWithHandles(value, handles), size + itemCost);
  }

  /** @param value what the producer's generator has returned */
  end(id: number, value?: unknown, received?: Received): void {
    const failure = failureOf(received);
    if (failure !== undefined) return this.fail(id, failure);
    const stream = this.#streams.delete(id);
    if (stream === undefined) return;
    const handles = received?.take(stream.owner);
    stream.finish(undefined, handles === undefined ? value : new ItemWithHandles(value, handles));
  }

  fail(id: number, error: Error): void {
    this.#streams.delete(id)?.finish(error);
  }

  /** An item has come that cannot be had: the stream fails after those before it, and its producer is told to stop. */
  abort(id: number, error: Error): void {
    if (this.#streams.get(id) !== undefined) this.refuse(id);
    this.fail(id, error);
  }

  /** The link has ended. */
  close(reason: string, details?: Record<string, unknown>): void {
    for (const stream of this.#streams.values()) stream.finish(new NetronError('unavailable', reason, details && { details }));
    this.#streams.clear();
    this.#link.node.deadlines.remove(this);
  }

  tick(now: number): boolean {
    let waiting = false;
    for (const stream of this.#streams.values()) waiting = stream.tick(now) || waiting;
    return waiting;
  }

  /** Tells the producer that nobody will read stream `id`. */
  refuse(id: number): void {
    this.#link.outbox.packet(writeStop, id);
  }

  forget(id: number): void {
    this.#streams.delete(id);
  }
}
