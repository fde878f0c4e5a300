import { NetronError } from '@omnitron-dev/netron-browser';

interface Waiting<T> {
  readonly item: T;
  taken(): void;
  refused(error: Error): void;
}

const done = { done: true, value: undefined } as const;

/** A bounded queue of items for a stream that is read once; it reports when each item has been taken. */
export class Outbox<T> implements AsyncIterableIterator<T> {
  readonly #max: number;
  #waiting: Waiting<T>[] = [];
  #asked: ((result: IteratorResult<T>) => void) | undefined;
  #finished = false;

  /** @param max largest number of waiting items */
  constructor(max: number) {
    this.#max = max;
  }

  /** Adds an item, and resolves when the reader has taken it. An unawaited rejection is not reported. */
  send(item: T): Promise<void> {
    const sent = new Promise<void>((taken, refused) => {
      if (this.#finished) refused(new NetronError('failed_precondition', 'cannot send: the stream is not open'));
      else if (this.#asked !== undefined) {
        this.#answer({ done: false, value: item });
        taken();
      } else if (this.#waiting.length < this.#max) this.#waiting.push({ item, taken, refused });
      else refused(new NetronError('resource_exhausted', `cannot send: maxWaiting is ${this.#max}`));
    });
    sent.catch(() => {});
    return sent;
  }

  /** Ends the stream after the waiting items. */
  finish(): void {
    this.#finished = true;
    if (this.#asked !== undefined) this.#answer(done);
  }

  /** Drops the waiting items. */
  close(): this {
    this.finish();
    for (const { refused } of this.#waiting) refused(new NetronError('canceled', 'the stream ended before the item was taken'));
    this.#waiting = [];
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    const first = this.#waiting.shift();
    if (first !== undefined) {
      first.taken();
      return Promise.resolve({ done: false, value: first.item });
    }
    if (this.#finished) return Promise.resolve(done);
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.close();
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #answer(result: IteratorResult<T>): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.(result);
  }
}
