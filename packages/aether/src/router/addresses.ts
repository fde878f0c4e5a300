import { addressOf, baseOf, insideOf, readAddress } from './address.js';
import { below, hashHistory, isWithin, pathHistory, type RouterHistory, withinDocument } from './history.js';
import type { RouterOptions } from './options.js';

/** Addresses of an application: as its history has them, as a program gives them, as the document shows them. */
export class Addresses {
  readonly history: RouterHistory;
  readonly #kind: RouterOptions['history'];
  readonly #base: string;
  // Pages of files and of frames without an address have an opaque origin.
  readonly #origin = /^https?:/.test(globalThis.location?.protocol) ? globalThis.location.origin : 'http://localhost';

  /** @throws TypeError for a `base` that is no path */
  constructor({ history = 'history', base = '' }: RouterOptions) {
    this.#kind = history;
    this.#base = baseOf(base);
    if (typeof history !== 'string') this.history = this.#base === '' ? history : below(this.#base, history);
    else this.history = history === 'hash' ? hashHistory() : pathHistory(this.#base);
  }

  /** The current address of the history. */
  get url(): URL {
    return readAddress(this.history.entry.href, this.#origin);
  }

  /** Returns an address of the application, relative to `base`; `undefined` if it is malformed or outside. */
  inside(to: string, base = this.url): URL | undefined {
    return insideOf(to, base, this.#origin);
  }

  /**
   * Returns an address of the application. For another one, leaves the page if `external` is set, and returns `undefined`.
   *
   * @throws TypeError for an address outside of the application, unless `external` is set
   */
  resolve(to: string, external: boolean | undefined): URL | undefined {
    const url = this.inside(to);
    if (url !== undefined) return url;
    const outside = new URL(to, this.url);
    if (!external || !/^https?:$/.test(outside.protocol))
      throw new TypeError(`cannot go to '${to}': it is outside of the application; navigate with { external: true } to leave it`);
    globalThis.location.assign(outside);
    return undefined;
  }

  /** Returns the address of the document for an address; a malformed one, and one outside of the application, as it is. */
  inDocument(to: string, base = this.url): string {
    const url = this.inside(to, base);
    return url === undefined ? to : this.history.address(addressOf(url));
  }

  /** Returns the address within the application for an address of the document; `undefined` if it is outside. */
  ofDocument(address: string): URL | undefined {
    const href = withinDocument(this.history, this.#base, address);
    return href === undefined ? undefined : this.inside(href);
  }

  /** Whether the address of the history is below `base`. */
  get isBelow(): boolean {
    const kind = this.#kind;
    return kind === 'hash' || isWithin(this.#base, typeof kind === 'object' ? kind.entry.href : location.pathname);
  }

  /** Whether there is a `base`, and the address of the history is not below it. */
  get isOutside(): boolean {
    return this.#base !== '' && !this.isBelow;
  }
}
