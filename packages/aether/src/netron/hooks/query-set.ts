/** Several queries as one. */
import { type Query, stableArgs } from '@omnitron-dev/netron-browser';

/** Queries by their arguments. A set is shown as one query, which ends when the next one starts. */
export class QuerySet<R> {
  #open = new Map<unknown, Query<R>>();

  /** Shows the queries of some lists of arguments. Queries that are already open stay open. */
  show<A extends readonly unknown[]>(lists: readonly A[], open: (args: A) => Query<R>): Query<readonly (R | undefined)[]> {
    const before = this.#open;
    const now = new Map<unknown, Query<R>>();
    const keys = lists.map(keyOf);
    for (const [index, args] of lists.entries()) {
      const key = keys[index];
      if (!now.has(key)) now.set(key, before.get(key) ?? open(args));
    }
    this.#open = now;
    for (const [key, query] of before) if (!now.has(key)) query[Symbol.dispose]();
    const shown = keys.map((key) => now.get(key) as Query<R>);
    return new Together(shown, () => {
      // The next set, if any, has taken over the shared queries.
      queueMicrotask(() => {
        if (this.#open !== now) return;
        for (const query of now.values()) query[Symbol.dispose]();
        this.#open = new Map();
      });
    });
  }
}

/** Returns a key that is equal for equal arguments; for arguments without a text form, the list itself. */
const keyOf = (args: readonly unknown[]): unknown => stableArgs(args) ?? args;

/** Queries whose values are a list. */
class Together<R> implements Query<readonly (R | undefined)[]> {
  readonly #queries: readonly Query<R>[];
  readonly #ends: (() => void)[] = [];
  readonly #ended: () => void;

  constructor(queries: readonly Query<R>[], ended: () => void) {
    this.#queries = queries;
    this.#ended = ended;
  }

  get data(): readonly (R | undefined)[] {
    return this.#queries.map(({ data }) => data);
  }

  get error(): unknown {
    return this.#queries.find(({ error }) => error !== undefined)?.error;
  }

  get loading(): boolean {
    return this.#queries.some(({ loading }) => loading);
  }

  get fetching(): boolean {
    return this.#queries.some(({ fetching }) => fetching);
  }

  get stale(): boolean {
    return this.#queries.some(({ stale }) => stale);
  }

  get paused(): boolean {
    return this.#queries.some(({ paused }) => paused);
  }

  get restarts(): number {
    return this.#queries.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  subscribe(listener: () => void): () => void {
    const ends = [...new Set(this.#queries)].map((query) => query.subscribe(listener));
    this.#ends.push(...ends);
    return () => {
      for (const end of ends) end();
    };
  }

  async refetch(): Promise<void> {
    await Promise.all([...new Set(this.#queries)].map((query) => query.refetch()));
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends.splice(0)) end();
    this.#ended();
  }
}
