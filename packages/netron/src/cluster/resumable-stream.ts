/**
 * A stream that continues at another node when its own leaves or is lost: remembers the position of the last item that the
 * program has read, and opens the stream after it elsewhere.
 */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { pause } from '../util/pause.js';
import { isPosition, type StreamPosition } from '../wire/stream-position.js';
import type { Reopening } from './reopening.js';

/** Maximum milliseconds until a stream leaves a node that is about to stop; randomized, so that not all leave at once. */
const longestDelay = 500;

/** An open stream at one node. */
export interface OpenedStream {
  readonly items: AsyncIterator<unknown, unknown>;
  /** Calls back when the node accepts no more calls or its connection is lost. Returns a function that ends this. */
  onLeaving(leave: () => void): () => void;
}

/** Members of a node that the stream uses. */
export interface ResumingNode {
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
}

/** Opens the stream after a position. */
export type OpenStream = (from: StreamPosition | undefined) => Promise<OpenedStream>;

/** A stream at one node, and its state. */
interface Current {
  readonly stream: OpenedStream;
  /** The pending item. */
  asked: Promise<Step> | undefined;
  /** Whether the stream has to move to another node. */
  leaving: boolean;
  /** Wakes up a pending step. */
  wake: (() => void) | undefined;
  readonly end: () => void;
}

type Step = { readonly result: IteratorResult<unknown, unknown> } | { readonly error: unknown };

export class ResumableStream implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #node: ResumingNode;
  readonly #open: OpenStream;
  /** Ends the delays between attempts when the reader leaves. */
  readonly #left = new AbortController();
  #current: Current | undefined;
  #position: StreamPosition | undefined;
  readonly #reopening: Reopening;
  #over = false;
  /** The previous step, because steps run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param first the stream as it was opened first
   * @param open opens it again
   * @param reopening decides whether and when
   */
  constructor(node: ResumingNode, first: OpenedStream, open: OpenStream, reopening: Reopening) {
    this.#node = node;
    this.#open = open;
    this.#reopening = reopening;
    this.#use(first);
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    const step = this.#last.then(() => this.#step());
    this.#last = step.catch(() => {});
    return step;
  }

  async return(): Promise<IteratorResult<unknown, unknown>> {
    this.#end();
    return { done: true, value: undefined };
  }

  throw(error: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  get [Symbol.toStringTag](): string {
    return 'ResumableStream';
  }

  async #step(): Promise<IteratorResult<unknown, unknown>> {
    for (;;) {
      const current = this.#current;
      if (current === undefined || this.#over) return { done: true, value: undefined };
      current.asked ??= current.stream.items.next().then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      const step = current.leaving ? undefined : await stepOf(current, current.asked);
      if (this.#over) continue;
      if (step === undefined) {
        await this.#move(current);
        continue;
      }
      current.asked = undefined;
      if ('error' in step) {
        await this.#again(current, step.error);
        continue;
      }
      const { result } = step;
      if (result.done === true) this.#end();
      else this.#note(result.value);
      return result;
    }
  }

  /** Records the position of an item that the program reads. */
  #note(item: unknown): void {
    const position = (item as { readonly position?: unknown } | null | undefined)?.position;
    if (!isPosition(position)) {
      this.#end();
      throw new NetronError(
        'internal',
        'an item of a resumable stream has no position: create items with tracked(position, value)',
      );
    }
    this.#position = position;
    this.#reopening.succeeded();
  }

  /** Opens the stream elsewhere, and then ends the old one. */
  async #move(before: Current): Promise<void> {
    before.end();
    let opened: OpenedStream;
    try {
      opened = await this.#open(this.#position);
    } catch {
      // It stays at its node as long as that is possible.
      before.leaving = false;
      return;
    }
    // The pending item comes again from the new stream.
    void before.stream.items.return?.()?.catch(() => {});
    this.#use(opened);
  }

  /** Opens the stream again after a failure, if that may succeed. */
  async #again(before: Current, error: unknown): Promise<void> {
    before.end();
    let failure = error;
    for (let wait = this.#reopening.next(failure); wait !== undefined && !this.#over; wait = this.#reopening.next(failure)) {
      try {
        if (wait > 0) await pause(wait, this.#node.clock, this.#left.signal);
        this.#use(await this.#open(this.#position));
        return;
      } catch (next) {
        failure = next;
      }
    }
    if (this.#over) return;
    this.#end();
    throw failure;
  }

  #use(stream: OpenedStream): void {
    if (this.#over) return void stream.items.return?.()?.catch(() => {});
    const { clock, random } = this.#node;
    let timer: unknown;
    const leave = (): void => {
      current.leaving = true;
      current.wake?.();
    };
    const off = stream.onLeaving(() => {
      timer ??= clock.setTimeout(leave, longestDelay * random(), true);
    });
    const end = (): void => {
      off();
      clock.clearTimeout(timer);
    };
    const current: Current = { stream, asked: undefined, leaving: false, wake: undefined, end };
    this.#current = current;
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#left.abort();
    const current = this.#current;
    this.#current = undefined;
    current?.end();
    // A pending step ends without an item.
    current?.wake?.();
    void current?.stream.items.return?.()?.catch(() => {});
  }
}

/** Waits for the pending step; `undefined` when the stream has to leave its node first. */
function stepOf(current: Current, asked: Promise<Step>): Promise<Step | undefined> {
  // Not Promise.race: a promise that may never settle would collect a reaction for every item.
  return new Promise((resolve) => {
    current.wake = () => resolve(undefined);
    void asked.then(resolve);
  });
}
