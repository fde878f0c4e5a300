import { type LoadRequest, load, type Match } from './load.js';
import type { AnyRoute } from './route.js';
import type { FoundRoute } from './route-table.js';

/** Lifetime of data loaded ahead, in milliseconds. */
const shownFor = 30_000;

/** Data of pages that were loaded ahead of a navigation. */
export class Prefetched {
  readonly #pages = new Map<string, { readonly at: number; readonly matches: Promise<readonly Match[]> }>();

  /** Loads a page, unless it was loaded a moment ago. After a failure, the navigation loads it again and reports the error. */
  async load(url: URL, found: FoundRoute, run: LoadRequest['run']): Promise<void> {
    if (this.#fresh(url.href) !== undefined) return;
    // Guards wait for the navigation.
    const chain = found.chain.map((route) => ({ ...route, options: { ...route.options, guard: undefined } }) as AnyRoute);
    const signal = new AbortController().signal;
    const matches = load({ ...found, chain, url, from: undefined, signal, known: [], run }).then(
      (outcome) =>
        'matches' in outcome ? outcome.matches.map((match, index) => ({ ...match, route: found.chain[index] as AnyRoute })) : [],
      () => [],
    );
    for (const [href, { at }] of this.#pages) if (Date.now() - at > shownFor) this.#pages.delete(href);
    this.#pages.set(url.href, { at: Date.now(), matches });
    await matches;
  }

  /** Removes and returns the data loaded for an address; `undefined` if there is none, or it is too old. */
  take(href: string): Promise<readonly Match[]> | undefined {
    const found = this.#fresh(href);
    this.#pages.delete(href);
    return found;
  }

  /** Drops everything, including loads in progress. */
  clear(): void {
    this.#pages.clear();
  }

  #fresh(href: string): Promise<readonly Match[]> | undefined {
    const found = this.#pages.get(href);
    return found !== undefined && Date.now() - found.at <= shownFor ? found.matches : undefined;
  }
}
