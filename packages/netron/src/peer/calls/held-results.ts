/** Results of the other end's calls, or promises of them, that its later calls may refer to. */
import { deferred } from '../../util/deferred.js';
import { LazyMap } from '../../util/lazy-map.js';

export class HeldResults {
  readonly #limit: number;
  readonly #results = new LazyMap<number, unknown>();

  /** @param limit most results; further ones are not held, and calls on them fail with `not_found` */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#results.size;
  }

  has(id: number): boolean {
    return this.#results.has(id);
  }

  /** Returns the result of call `id`, or a promise of it. */
  get(id: number): unknown {
    return this.#results.get(id);
  }

  hold(id: number, result: unknown): void {
    if (this.#results.size < this.#limit) this.#results.set(id, result);
  }

  /** Holds a pending result; the returned function delivers it. */
  holdLater(id: number): (result: unknown) => void {
    const result = deferred<unknown>();
    result.promise.catch(() => {});
    this.hold(id, result.promise);
    return result.resolve;
  }

  /** Holds a failure: calls on the result fail with the same error. */
  holdFailure(id: number, error: unknown): void {
    if (!this.has(id)) this.hold(id, failed(error));
  }

  drop(id: number): void {
    this.#results.delete(id);
  }

  clear(): void {
    this.#results.clear();
  }
}

/** Returns a rejected promise whose rejection counts as handled. */
export function failed(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
