/**
 * The answer of a stream method: iterate it at once, or await it first and iterate what comes (MISSION ruling 27). Either
 * way it can be iterated once; leaving the loop stops the method at the other end.
 */
export class ServiceStream<T> implements AsyncGenerator<T, void, undefined>, PromiseLike<AsyncGenerator<T, void, undefined>> {
  readonly #opened: Promise<AsyncGenerator<T, void, undefined>>;
  #stream: AsyncGenerator<T, void, undefined> | undefined;

  constructor(opened: Promise<unknown>) {
    this.#opened = opened as Promise<AsyncGenerator<T, void, undefined>>;
  }

  // biome-ignore lint/suspicious/noThenProperty: the seed's samples await a stream method and iterate the result
  then<A = AsyncGenerator<T, void, undefined>, B = never>(
    onStream?: ((stream: AsyncGenerator<T, void, undefined>) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#opened.then(onStream, onError);
  }

  catch<B>(onError: (reason: unknown) => B | PromiseLike<B>): Promise<AsyncGenerator<T, void, undefined> | B> {
    return this.#opened.catch(onError);
  }

  finally(onSettled: () => void): Promise<AsyncGenerator<T, void, undefined>> {
    return this.#opened.finally(onSettled);
  }

  next(): Promise<IteratorResult<T, void>> {
    return this.#stream !== undefined ? this.#stream.next() : this.#open().then((stream) => stream.next());
  }

  async return(): Promise<IteratorResult<T, void>> {
    const stream = await this.#open();
    return stream.return();
  }

  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    const stream = await this.#open();
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

  async #open(): Promise<AsyncGenerator<T, void, undefined>> {
    this.#stream ??= iteratorOf<T>(await this.#opened);
    return this.#stream;
  }
}

function iteratorOf<T>(opened: unknown): AsyncGenerator<T, void, undefined> {
  if (typeof opened === 'object' && opened !== null) {
    if ('next' in opened) return opened as AsyncGenerator<T, void, undefined>;
    // A web stream is iterable, but no iterator.
    if (Symbol.asyncIterator in opened) return (opened as AsyncGenerator<T, void, undefined>)[Symbol.asyncIterator]();
  }
  throw new TypeError('the result is no stream: await it');
}
