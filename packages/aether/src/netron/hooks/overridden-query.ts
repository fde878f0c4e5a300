/** A query on a method that a service's class has written itself. */
import type { HttpRemotePeer, Query, QueryOptions, RefetchOptions } from '@omnitron-dev/netron-browser';
import { type CapturedRead, capturing } from '../base/captured.js';

type Method = () => unknown;

/**
 * Shows what a method of a service returns, and calls it again when a read has changed that it began before its first
 * `await`. A method that begins no read is called once, and by `refetch`.
 */
export class OverriddenQuery<R> implements Query<R> {
  readonly #call: Method;
  readonly #locate: () => { readonly peer: HttpRemotePeer; readonly name: string };
  readonly #options: RefetchOptions & Pick<QueryOptions<never, R>, 'fallback'>;
  readonly #listeners = new Set<() => void>();
  #reads: readonly Query<unknown>[] = [];
  #turn = 0;
  #running = 0;
  #filled = false;
  #disposed = false;
  data: R | undefined;
  error: unknown;

  /**
   * @param call the method with its arguments
   * @param locate finds the peer and the name of the service
   * @param options when the reads are fetched anew, and what a failure shows while there is no value
   */
  constructor(
    call: Method,
    locate: () => { readonly peer: HttpRemotePeer; readonly name: string },
    options: RefetchOptions & Pick<QueryOptions<never, R>, 'fallback'>,
  ) {
    this.#call = call;
    this.#locate = locate;
    this.#options = options;
    void this.#run();
  }

  get loading(): boolean {
    return this.fetching && !this.#filled;
  }

  get fetching(): boolean {
    return this.#running > 0;
  }

  get stale(): boolean {
    return this.#reads.some(({ stale }) => stale);
  }

  get paused(): boolean {
    return this.#reads.some(({ paused }) => paused);
  }

  get restarts(): number {
    return this.#reads.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async refetch(): Promise<void> {
    await Promise.all(this.#reads.map((query) => query.refetch()));
    if (!this.#disposed) await this.#run();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#listeners.clear();
    this.#release();
  }

  /** Calls the method; the latest call that succeeds or fails is shown. */
  async #run(): Promise<void> {
    const turn = ++this.#turn;
    this.#running++;
    this.#tell();
    try {
      const { result, reads } = capturing(this.#call);
      this.#follow(reads);
      const data = (await result) as R;
      if (turn !== this.#turn || this.#disposed) return;
      this.data = data;
      this.error = undefined;
      this.#filled = true;
    } catch (error) {
      if (turn === this.#turn) {
        this.error = error;
        if (!this.#filled) this.data = this.#options.fallback;
      }
    } finally {
      this.#running--;
      this.#tell();
    }
  }

  #follow(reads: readonly CapturedRead[]): void {
    if (this.#reads.length > 0 || this.#disposed || reads.length === 0) return;
    const { peer, name } = this.#locate();
    const refetch = refetchOf(this.#options);
    this.#reads = reads.map(({ method, args, options }) => {
      // What the method makes of the result is its own; only the read is followed here.
      const { transform: _transform, fallback: _fallback, metrics: _metrics, validate: _validate, ...rest } = options;
      const query = peer.watch<Record<string, (...args: unknown[]) => unknown>>(name, method, args as never, {
        ...rest,
        ...refetch,
      });
      let { data: shown, restarts } = query;
      query.subscribe(() => {
        const isRestarted = query.restarts !== restarts;
        if (query.data === shown && !isRestarted) return;
        const isFirst = shown === undefined;
        ({ data: shown, restarts } = query);
        // Somebody else is spoken for, to whom nothing of the one before is shown.
        if (isRestarted) {
          this.data = undefined;
          this.#filled = false;
        }
        // The method itself waits for the first value.
        if (isRestarted || !isFirst) void this.#run();
      });
      return query;
    });
  }

  #release(): void {
    for (const query of this.#reads) query[Symbol.dispose]();
    this.#reads = [];
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The options that say when to fetch anew, of those that are given. */
function refetchOf(options: RefetchOptions): RefetchOptions {
  const names = ['refetchOnMount', 'refetchOnFocus', 'refetchOnReconnect', 'refetchInterval'] as const;
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}
