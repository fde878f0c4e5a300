/** One received stream: a bounded queue between the link and the consumer, which gives the producer credit as items are consumed. */
import { NetronError } from '../../errors/netron-error.js';
import { type Deferred, deferred } from '../../util/deferred.js';
import { Fifo } from '../../util/fifo.js';
import { onAbort } from '../../util/on-abort.js';
import type { Ticking } from '../../util/ticker.js';
import { writeCredit } from '../../wire/packets.js';
import { type ReceivedHandle, releaseAll } from '../../wire/received.js';
import { promiseOfPeer } from '../calls/promises.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';
import { type EndTrace, traceStream } from '../tracing.js';
import { type CreditReserve, CreditWindow } from './credit-window.js';

/** The members of the link that incoming streams use. */
export interface ConsumingLink {
  readonly node: Pick<NodeBasis, 'clock' | 'deadlines' | 'limits' | 'scheduler' | 'streamTimeout'>;
  readonly owner: { readonly id: string };
  readonly outbox: Pick<Outbox, 'packet'>;
  /** Returns the latency of the connection in milliseconds, when known; measured while this is called. */
  lineLength(now: number): number | undefined;
  /** Closes the link for a violation of the protocol. */
  violated(error: NetronError): void;
}

/** The streams of one link, as each of them uses the table. */
export interface StreamTable extends Ticking {
  readonly reserve: CreditReserve;
  /** Tells the producer that stream `id` is not read. */
  refuse(id: number): void;
  forget(id: number): void;
}

/** A queued item with references or streams in it. */
export class ItemWithHandles {
  readonly value: unknown;
  readonly handles: readonly ReceivedHandle[];

  constructor(value: unknown, handles: readonly ReceivedHandle[]) {
    this.value = value;
    this.handles = handles;
  }
}

/** Returns the consumer's value for a queued one. */
function unwrap(queued: unknown): unknown {
  if (!(queued instanceof ItemWithHandles)) return queued;
  for (const handle of queued.handles) handle.transfer();
  return queued.value;
}

interface Waiter extends Deferred<IteratorResult<unknown>> {
  readonly reader: object | undefined;
}

// Registered only while the stream is open: otherwise it would retain its link until its reader is collected.
const abandoned = new FinalizationRegistry<IncomingStream>((stream) => stream.stop());

/** One received stream: a bounded queue between the link and the consumer. */
export class IncomingStream implements ReceivedHandle {
  owner = '';
  /** Whether an item has been requested. */
  started = false;
  readonly id: number;
  /** Time of its opening, in milliseconds on the monotonic clock. */
  readonly opened: number;
  readonly #streams: StreamTable;
  readonly #link: ConsumingLink;
  readonly #values = new Fifo<unknown>();
  readonly #costs = new Fifo<number>();
  readonly #waiters = new Fifo<Waiter>();
  readonly #window: CreditWindow;
  #buffered = 0;
  #ended = false;
  #error: Error | undefined;
  /** Return value of the producer's generator, for the first `next()` after the last item. */
  #returned: unknown;
  #deadline = Infinity;
  /** Removes the listener of the signal of the call that opened it. */
  #unlink: (() => void) | undefined;
  readonly #trace: EndTrace | undefined;

  constructor(id: number, streams: StreamTable, link: ConsumingLink) {
    this.id = id;
    this.#streams = streams;
    this.#link = link;
    this.#window = new CreditWindow(streams.reserve);
    this.opened = link.node.clock.now();
    this.#trace = traceStream(link.owner.id, 'in', id);
  }

  /** The program holds its reader. */
  transfer(): void {}

  /** Stops a stream in the arguments that the method has not read by its end. */
  [Symbol.dispose](): void {
    if (!this.started) this.stop();
  }

  /** Whether nothing more arrives. */
  get over(): boolean {
    return this.#ended && this.#values.size === 0;
  }

  /** Bytes received and not read. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Ties the stream to its `reader`: when the reader is garbage-collected, the producer is told to stop. */
  readBy(reader: object): void {
    if (this.#link.node.scheduler.collects) abandoned.register(reader, this, this);
  }

  /**
   * Returns the next item; after the last item, the stream's error.
   *
   * @param reader kept alive until the item arrives, since collecting the reader ends the stream
   */
  next(reader?: object): Promise<IteratorResult<unknown>> {
    this.started = true;
    if (this.#values.size > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return this.#last();
    const { promise, resolve, reject } = deferred<IteratorResult<unknown>>();
    this.#waiters.push({ promise, resolve, reject, reader });
    this.#watch();
    return promise;
  }

  /** Tells the producer to stop and drops queued items: the consumer has left. Idempotent. */
  stop(): void {
    if (!this.#ended) {
      this.#streams.refuse(this.id);
      this.#streams.forget(this.id);
      this.#finish(undefined);
    }
    const dropped = [...this.#values];
    this.#values.clear();
    this.#costs.clear();
    if (this.#returned !== undefined) dropped.push(this.#returned);
    this.#returned = undefined;
    for (const queued of dropped) if (queued instanceof ItemWithHandles) releaseAll(queued.handles);
  }

  /** Fails the stream when `signal` aborts: the producer is told to stop, and queued items are dropped. */
  endWith(signal: AbortSignal): void {
    if (this.#ended) return;
    this.#unlink?.();
    this.#unlink = onAbort(signal, (reason) => {
      this.#error = new NetronError('canceled', 'the stream was canceled', { cause: reason });
      this.stop();
    });
  }

  push(value: unknown, cost: number): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      this.#watch();
      this.#account(cost);
      return waiter.resolve({ done: false, value: unwrap(value) });
    }
    // One item of any length may be sent while any credit is left.
    if (this.#buffered > this.#window.size) {
      if (value instanceof ItemWithHandles) releaseAll(value.handles);
      return this.#link.violated(new NetronError('resource_exhausted', `stream ${this.id} exceeded its credit`));
    }
    this.#buffered += cost;
    this.#values.push(value);
    this.#costs.push(cost);
  }

  finish(error: Error | undefined, returned?: unknown): void {
    if (this.#ended) return;
    this.#returned = returned;
    this.#finish(error);
  }

  /** @returns whether a consumer waits with a time limit */
  tick(now: number): boolean {
    if (this.#deadline > now) return this.#deadline !== Infinity;
    this.#error = new NetronError('deadline_exceeded', `no item arrived for ${this.#link.node.streamTimeout} ms`);
    this.stop();
    return false;
  }

  #take(): unknown {
    const cost = this.#costs.shift() as number;
    this.#buffered -= cost;
    this.#account(cost);
    return unwrap(this.#values.shift());
  }

  #account(cost: number): void {
    if (!this.#window.consume(cost) || this.#ended) return;
    const { node, outbox } = this.#link;
    const now = node.clock.now();
    const credit = this.#window.grant(this.#buffered === 0, now, this.#link.lineLength(now));
    outbox.packet(writeCredit, this.id, credit);
  }

  #finish(error: Error | undefined): void {
    this.#ended = true;
    abandoned.unregister(this);
    this.#trace?.(error);
    this.#error ??= error;
    this.#deadline = Infinity;
    this.#window.close();
    this.#unlink?.();
    this.#unlink = undefined;
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (this.#error !== undefined) {
        waiter.reject(this.#error);
        void promiseOfPeer(waiter.promise);
        this.#error = undefined;
      } else waiter.resolve(this.#done());
    }
  }

  #last(): Promise<IteratorResult<unknown>> {
    const error = this.#error;
    this.#error = undefined; // reported once; after that, the iterator is done
    return error === undefined ? Promise.resolve(this.#done()) : promiseOfPeer(Promise.reject(error));
  }

  #done(): IteratorResult<unknown> {
    const returned = this.#returned;
    this.#returned = undefined;
    return { done: true, value: unwrap(returned) };
  }

  #watch(): void {
    const { streamTimeout: timeout, deadlines: ticker } = this.#link.node;
    if (timeout === Infinity) return;
    ticker.add(this.#streams);
    this.#deadline = this.#waiters.size === 0 ? Infinity : ticker.now + timeout;
  }
}
