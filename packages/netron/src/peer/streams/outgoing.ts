/**
 * Streams this node produces on one link: receives values from iterators, hands item packets to the outbox as far as the
 * consumer has given credit and the connection has room.
 */
import { NetronError } from '../../errors/netron-error.js';
import { type CallContext, runInCall } from '../../service/call/context.js';
import type { Clock } from '../../util/clock.js';
import { IdTable } from '../../util/id-table.js';
import type { Limits } from '../../wire/limits.js';
import { writeBytes, writeEnd, writeFail, writeItem, writeRaw, writeReturn } from '../../wire/packets.js';
import { valueFeatures } from '../../wire/value-features.js';
import type { Outbox } from '../link/outbox.js';
import { traceStream } from '../tracing.js';
import { initialCredit } from './credit-window.js';
import type { OpenStream } from './open-stream.js';
import { discardStreams, type StreamSource } from './source.js';

/** Cost of an item besides its bytes. Part of the protocol: an endless run of tiny items is bounded too. */
export const itemCost = 16;

/** Longer chunks are cut, so that calls find their way between them. */
const maxChunk = 64 * 1024;

/** Shorter chunks are copied next to other packets; longer ones leave as messages of their own, uncopied. */
const inlineChunk = 4 * 1024;

/** Members of the link that outgoing streams use. */
export interface ProducingLink {
  readonly node: { readonly limits: Pick<Limits, 'streams'>; readonly clock: Pick<Clock, 'now'> };
  readonly owner: { readonly id: string };
  readonly outbox: Outbox;
  readonly handles: { begin(call: CallContext | undefined): void; rollback(again: boolean): void };
  /** Limits that the other end accepts. */
  readonly accepted: Readonly<Limits>;
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}

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

  /** Open streams, for monitoring. */
  list(): OpenStream[] {
    return [...this.#streams.values()].map(({ id, source, opened, sent }) => {
      const { call } = source;
      return { id, direction: 'out', owner: call === undefined ? '' : `${call.service}.${call.method}`, opened, size: sent };
    });
  }

  /**
   * Opens a stream; items follow from the next turn on.
   *
   * @returns its number
   * @throws NetronError `resource_exhausted` when the other end takes no more streams
   */
  open(source: StreamSource): number {
    const { accepted, node, owner } = this.#link;
    const limit = Math.min(accepted.streams, node.limits.streams);
    if (this.#streams.size >= limit) throw new NetronError('resource_exhausted', `${limit} streams are open already`);
    const id = this.#next;
    this.#next += 1;
    const trace = traceStream(owner.id, 'out', id);
    const stream = new OutgoingStream(id, source, this.#link, (error) => {
      this.#streams.delete(id);
      trace?.(error);
      return source.call !== undefined && !this.#produces(source.call);
    });
    this.#streams.add(id, stream);
    queueMicrotask(() => stream.pull());
    return id;
  }

  /** Whether `call` has streams left. */
  #produces(call: CallContext): boolean {
    for (const { source } of this.#streams.values()) if (source.call === call) return true;
    return false;
  }

  /** The consumer takes `bytes` more. */
  credit(id: number, bytes: number): void {
    this.#streams.get(id)?.credit(bytes);
  }

  /** The consumer has left, or the packet that announced the stream was not sent. */
  stop(id: number): void {
    this.#streams.get(id)?.stop('the consumer left the stream');
  }

  /** Takes back a stream that was not announced yet; its source can be opened again. */
  withdraw(id: number): void {
    this.#streams.get(id)?.withdraw();
  }

  /** Fails the streams that calls of the other end have opened; those that this node has sent by itself go on. */
  revoke(error: NetronError): void {
    for (const stream of [...this.#streams.values()]) if (stream.source.call !== undefined) stream.revoke(error);
  }

  /** The outbox has room again. */
  drained(): void {
    for (const stream of this.#streams.values()) stream.pull();
  }

  /** The link has ended. */
  close(): void {
    for (const stream of [...this.#streams.values()]) stream.stop('the connection was lost');
  }
}

class OutgoingStream {
  readonly id: number;
  readonly source: StreamSource;
  readonly #link: ProducingLink;
  /** Says whether it was the last stream of its call. */
  readonly #onEnd: (error: unknown) => boolean;
  readonly #onNext = (step: IteratorResult<unknown>): void => {
    try {
      this.#step(step);
    } catch (error) {
      // What the source gave is no step of an iteration.
      this.#fail(error);
      this.#close();
    }
  };
  readonly #onError = (error: unknown): void => this.#fail(error);
  /** When it was opened, in milliseconds on the monotonic clock. */
  readonly opened: number;
  /** Bytes sent. */
  sent = 0;
  readonly #report = (error: unknown): void => this.#link.reportError(error);
  #credit = initialCredit;
  /** The part of a long chunk that has not been sent. */
  #rest: Uint8Array | undefined;
  #reading = false;
  #ended = false;

  constructor(id: number, source: StreamSource, link: ProducingLink, onEnd: (error: unknown) => boolean) {
    this.id = id;
    this.source = source;
    this.#link = link;
    this.opened = link.node.clock.now();
    this.#onEnd = onEnd;
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.pull();
  }

  /** Sends what may be sent, then asks the source for more. */
  pull(): void {
    while (!this.#ended && !this.#reading && this.#credit > 0 && !this.#link.outbox.full) {
      if (this.#rest !== undefined) this.#sendChunk(this.#rest);
      else this.#read();
    }
  }

  /** Ends the source; nothing more is sent. */
  stop(reason: string): void {
    if (this.#ended) return;
    if (this.#end()) this.source.call?.abort(new NetronError('canceled', reason));
    this.#close();
  }

  /** Tells the consumer why it gets no more. */
  revoke(error: NetronError): void {
    if (this.#ended) return;
    this.#fail(error);
    this.#close();
  }

  /** The packet that announced it will be written again: nothing has happened to its source. */
  withdraw(): void {
    this.#ended = true;
    this.#onEnd(undefined);
  }

  #read(): void {
    const { source } = this;
    const { call } = source;
    this.#reading = true;
    try {
      const step = call === undefined ? source.next() : runInCall(call, next, source);
      if (step instanceof Promise) step.then(this.#onNext, this.#onError);
      else Promise.resolve(step).then(this.#onNext, this.#onError);
    } catch (error) {
      this.#fail(error);
    }
  }

  #step(step: IteratorResult<unknown>): void {
    this.#reading = false;
    // Asked for before the consumer left: nobody gets it.
    if (this.#ended) return discardStreams(step.value, this.#report);
    if (step.done === true) return this.#finish(step.value);
    if (step.value instanceof Uint8Array) this.#sendChunk(step.value);
    else this.#sendItem(step.value);
    this.pull();
  }

  /** The source has come to its end; what a generator returns goes to peers that know of it. */
  #finish(value: unknown): void {
    const { outbox, handles } = this.#link;
    this.#end();
    if (value === undefined || (outbox.writer.features & valueFeatures.values) === 0) {
      discardStreams(value, this.#report);
      return outbox.packet(writeEnd, this.id);
    }
    for (;;) {
      outbox.begin();
      handles.begin(undefined);
      try {
        writeReturn(outbox.writer, this.id, value);
        return outbox.commit();
      } catch (error) {
        const again = outbox.recover(error);
        handles.rollback(again);
        if (again) continue;
        discardStreams(value, this.#report);
        return outbox.failure(writeFail, this.id, error);
      }
    }
  }

  #sendChunk(chunk: Uint8Array): void {
    const { accepted, outbox } = this.#link;
    const { message } = accepted;
    const most = Math.min(maxChunk, message);
    const piece = chunk.length > most ? chunk.subarray(0, most) : chunk;
    this.#rest = chunk.length > most ? chunk.subarray(most) : undefined;
    this.#credit -= piece.length + itemCost;
    this.sent += piece.length;
    // Half a message is always free, see `Outbox`.
    if (piece.length <= Math.min(inlineChunk, message / 4)) {
      outbox.begin();
      writeBytes(outbox.writer, this.id, piece);
      outbox.commit();
    } else {
      outbox.beginChunk();
      writeRaw(outbox.writer, this.id, piece.length);
      outbox.commitChunk(piece);
    }
  }

  #sendItem(value: unknown): void {
    const { outbox, handles } = this.#link;
    for (;;) {
      outbox.begin();
      const start = outbox.writer.position;
      handles.begin(undefined);
      try {
        writeItem(outbox.writer, this.id, value);
        this.#credit -= outbox.writer.position - start + itemCost;
        this.sent += outbox.writer.position - start;
        return outbox.commit();
      } catch (error) {
        const again = outbox.recover(error);
        handles.rollback(again);
        if (again) continue;
        discardStreams(value, this.#report);
        this.#fail(error);
        return this.#close();
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end(error);
    this.#link.outbox.failure(writeFail, this.id, error);
  }

  #close(): void {
    this.source.close();
  }

  /** @returns whether its call has no streams left */
  #end(error?: unknown): boolean {
    this.#ended = true;
    this.#rest = undefined;
    const last = this.#onEnd(error);
    if (last) this.source.call?.release();
    return last;
  }
}

function next(source: StreamSource): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
  return source.next();
}
