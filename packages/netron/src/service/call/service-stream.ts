/**
 * The result of a stream method: iterate it directly, or await it first and iterate the awaited result. It can be iterated once;
 * leaving the loop stops the method at the other end.
 */
export class ServiceStream<T> implements AsyncGenerator<T, unknown, unknown>, PromiseLike<AsyncGenerator<T, unknown, unknown>> {
  readonly #opened: Promise<AsyncGenerator<T, unknown, unknown>>;
  #stream: AsyncGenerator<T, unknown, unknown> | undefined;
  /** Whether the opening call has failed and the error was reported. */
  #failed = false;

  constructor(opened: Promise<unknown>) {
    this.#opened = opened as Promise<AsyncGenerator<T, unknown, unknown>>;
  }

  // biome-ignore lint/suspicious/noThenProperty: programs may await a stream method and iterate the result
  then<A = AsyncGenerator<T, unknown, unknown>, B = never>(
    onStream?: ((stream: AsyncGenerator<T, unknown, unknown>) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#opened.then(onStream, onError);
  }

  catch<B>(onError: (reason: unknown) => B | PromiseLike<B>): Promise<AsyncGenerator<T, unknown, unknown> | B> {
    return this.#opened.catch(onError);
  }

  finally(onSettled: () => void): Promise<AsyncGenerator<T, unknown, unknown>> {
    return this.#opened.finally(onSettled);
  }

  /** Rejects once when the opening call has failed; afterwards the stream is done. */
  next(...given: [] | [unknown]): Promise<IteratorResult<T, unknown>> {
    if (this.#stream !== undefined) return this.#stream.next(...given);
    if (this.#failed) return Promise.resolve({ done: true, value: undefined });
    return this.#open().then((stream) => stream.next(...given));
  }

  /** Never rejects because the opening call has failed: there is nothing to close then. */
  async return(): Promise<IteratorResult<T, unknown>> {
    const stream = await this.#open().catch(() => undefined);
    return stream === undefined ? { done: true, value: undefined } : stream.return(undefined);
  }

  async throw(error: unknown): Promise<IteratorResult<T, unknown>> {
    const stream = await this.#open().catch(() => undefined);
    if (stream === undefined) throw error;
    return stream.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get [Symbol.toStringTag](): string {
    return 'ServiceStream';
  }

  async #open(): Promise<AsyncGenerator<T, unknown, unknown>> {
    try {
      this.#stream ??= iteratorOf<T>(await this.#opened);
      return this.#stream;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}

function iteratorOf<T>(opened: unknown): AsyncGenerator<T, unknown, unknown> {
  if (typeof opened === 'object' && opened !== null) {
    if ('next' in opened) return opened as AsyncGenerator<T, unknown, unknown>;
    // A web stream is iterable but not an iterator.
    if (Symbol.asyncIterator in opened) return (opened as AsyncGenerator<T, unknown, unknown>)[Symbol.asyncIterator]();
  }
  throw new TypeError('the result is not a stream: await it');
}

/** Returns the result of a stream method whose opening call is in flight. */
export function serviceStream(opened: Promise<unknown>): object {
  return new ServiceStream(opened);
}
