/** Streams that this node consumes on one link: passes each item to its stream. */
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

  /** Lists the open streams, for monitoring. */
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
   * Opens a stream that the other end has announced.
   *
   * @throws NetronError `resource_exhausted` when too many are open, `invalid_argument` when the number is taken
   */
  open(id: number): IncomingStream {
    const limit = this.#link.node.limits.streams;
    if (this.#streams.size >= limit) throw new NetronError('resource_exhausted', `${limit} streams are already open`);
    const stream = new IncomingStream(id, this, this.#link);
    if (!this.#streams.add(id, stream)) throw new NetronError('invalid_argument', `stream ${id} is already open`);
    return stream;
  }

  /** Handles an item, whose packet had `size` bytes. Items of streams that are no longer read are dropped with the references in them. */
  item(id: number, value: unknown, size: number, received?: Received): void {
    const failure = failureOf(received);
    if (failure !== undefined) return this.abort(id, failure);
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const handles = received?.take(stream.owner);
    stream.push(handles === undefined ? value : new ItemWithHandles(value, handles), size + itemCost);
  }

  /** @param value return value of the producer's generator */
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

  /** Fails a stream after its queued items, because one cannot be received, and tells the producer to stop. */
  abort(id: number, error: Error): void {
    if (this.#streams.get(id) !== undefined) this.refuse(id);
    this.fail(id, error);
  }

  /** Fails all streams: the link has ended. */
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

  /** Tells the producer that stream `id` is not read. */
  refuse(id: number): void {
    this.#link.outbox.packet(writeStop, id);
  }

  forget(id: number): void {
    this.#streams.delete(id);
  }
}
