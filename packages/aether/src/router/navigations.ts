import type { Container } from '@omnitron-dev/nexus';
import { batch } from '../reactive/batch.js';
import { report, toError } from '../reactive/error.js';
import { signal } from '../reactive/signal.js';
import { addressOf } from './address.js';
import type { Addresses } from './addresses.js';
import { isBlocked } from './blockers.js';
import { errorOf, takeRoutes } from './handover.js';
import { load, type Match } from './load.js';
import type { Blocker, Going, Kind, Page, RouterOptions } from './options.js';
import { changePage, isLoaded, keepPositions, leavePage } from './page-effects.js';
import { Prefetched } from './prefetched.js';
import { Redirect } from './route.js';
import type { FoundRoute } from './route-table.js';
import type { Submissions } from './submissions.js';

const maximumRedirects = 20;
/** Reloads that may each begin during the one before. More are those of a guard or a loader, which begins the next. */
const maximumReloads = 100;

/** Navigations of a router, one at a time: a later one aborts the earlier one, whose data never lands. */
export class Navigations {
  /** The current page; `undefined` until the first has loaded. */
  readonly page = signal<Page | undefined>(undefined);
  /** The current navigation. */
  readonly current = signal<{ readonly to: URL } | undefined>(undefined);
  readonly blockers = new Set<Blocker>();
  /** Container for `inject()` in guards, loaders and actions. */
  container: Container | undefined;
  readonly #options: RouterOptions;
  readonly #addresses: Addresses;
  readonly #match: (url: URL) => FoundRoute | undefined;
  readonly #submissions: Submissions;
  readonly #prefetched = new Prefetched();
  #controller: AbortController | undefined = undefined;
  #shown: { index: number; key: string };
  /** Last complete page. */
  #complete: Page | undefined = undefined;
  /** Navigation whose step in the history is being reverted. */
  #stepping: AbortController | undefined = undefined;
  /** Navigations that wait until it is reverted. */
  #reverting: (() => void)[] = [];
  /** Whether the latest navigation has ended. */
  #idle = false;
  /** Set while the page may have data from before an action or a reload. */
  #stale: object | undefined = undefined;
  /** Whether the latest navigation loads the page anew, and leads nowhere else. */
  #again = false;
  /** Reloads that have each begun while guards or loaders of the one before ran. */
  #reloads = 0;
  #stopListening: (() => void) | undefined = undefined;
  /** Set while the history is that of the page. */
  #endPositions: (() => void) | undefined = undefined;

  constructor(
    options: RouterOptions,
    addresses: Addresses,
    match: (url: URL) => FoundRoute | undefined,
    submissions: Submissions,
  ) {
    this.#options = options;
    this.#addresses = addresses;
    this.#match = match;
    this.#submissions = submissions;
    this.container = options.container;
    const { index, key } = addresses.history.entry;
    this.#shown = { index, key };
  }

  /** Calls a function in the container. */
  readonly within = <T>(action: () => T): T => (this.container === undefined ? action() : this.container.run(action));

  /**
   * Subscribes to the history and loads the first page.
   *
   * @param isOfPage whether the history is that of the page
   */
  start(isOfPage: boolean): Promise<void> {
    const { history, url } = this.#addresses;
    this.#idle ||= this.#stopListening === undefined;
    this.#stopListening ??= history.listen(() => void this.#moved().catch(report));
    if (isOfPage) this.#endPositions ??= keepPositions(() => this.#leave());
    return this.page.peek()?.url.href === url.href ? this.refresh() : this.run(url, 'load', undefined);
  }

  /** Aborts the current navigation and unsubscribes from the history. */
  stop(): void {
    this.#controller?.abort();
    this.#idle = false;
    this.#stepped();
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#endPositions?.();
    this.#endPositions = undefined;
  }

  /** Loads an address ahead. */
  async prefetch(url: URL, found: FoundRoute): Promise<void> {
    await this.#prefetched.load(url, found, this.within);
  }

  /** All data of the page is from before an action or a reload. */
  outdate(): void {
    this.#stale = {};
    this.#prefetched.clear();
  }

  /** Loads the page again, with all its data. Does not cancel a navigation or an action in progress, but leaves the loading to it. */
  async reload(): Promise<void> {
    const { history, url } = this.#addresses;
    const leads = this.#stepping !== undefined || (this.current.peek() !== undefined && !this.#again);
    // The action, or a guard or a loader of the navigation, may wait for this.
    if (leads || this.#submissions.latest.peek()?.pending) return this.outdate();
    if (this.#reloads === maximumReloads)
      throw new Error(`cannot reload '${url.pathname}': a guard or a loader of it reloads it, each time that it runs`);
    await this.run(url, 'reload', history.entry.state);
  }

  /** The user went back or forward. */
  async #moved(): Promise<void> {
    if (this.#stepping !== undefined) {
      this.#stepped();
      // An action may have begun meanwhile, and even ended.
      const acts = this.#submissions.latest.peek()?.pending;
      if (!acts && this.current.peek() === undefined) this.#settle(this.#controller as AbortController);
      return;
    }
    // Synchronous: a link within the page scrolls after this.
    if (this.#endPositions !== undefined) this.#leave();
    await this.run(this.#addresses.url, 'move', undefined);
  }

  /** The step in the history is reverted, or will not be. */
  #stepped(): void {
    this.#stepping = undefined;
    for (const resolve of this.#reverting.splice(0)) resolve();
  }

  #leave(): void {
    leavePage(this.page.peek(), this.#shown.key);
  }

  /** Aborts the current navigation. */
  begin(): AbortController {
    this.#controller?.abort();
    this.#controller = new AbortController();
    this.#idle = false;
    return this.#controller;
  }

  /** Keeps the page, since the action that the controller is of has failed. It may have aborted a step back or forward. */
  keep(controller: AbortController): void {
    if (controller.signal.aborted) return;
    this.#stay();
    if (this.#stepping !== controller) this.#settle(controller);
  }

  /** Records the end of the latest navigation. A page whose load it has aborted is loaded after all. */
  #settle({ signal }: AbortController, tried = false): void {
    if (signal.aborted) return;
    this.#idle = true;
    this.#reloads = 0;
    if (!tried) this.refresh().catch(report);
  }

  /** Loads the current page again if it is pending or has stale data, or the first page, unless a navigation is in progress. */
  async refresh(): Promise<void> {
    const page = this.page.peek();
    const done = page === undefined ? this.#stopListening === undefined : this.#stale === undefined && isLoaded(page);
    if (this.#idle && !done) await this.run(page?.url ?? this.#addresses.url, 'load', undefined);
  }

  /** Navigates to an address, and on to where its routes redirect. */
  async run(url: URL, kind: Kind, state: unknown): Promise<void> {
    const controller = this.begin();
    const { signal } = controller;
    const again = kind === 'load' || kind === 'reload';
    this.#again = again;
    if (kind !== 'reload') this.#reloads = 0;
    if (kind === 'reload') this.outdate();
    const going = { kind, state, signal, stale: this.#stale };
    // A loader need not respect its signal.
    const overtaken = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    overtaken.catch(() => {});
    let to = url;
    let failure: Error | undefined;
    try {
      for (let redirects = 0; ; redirects++) {
        this.current.set({ to });
        const redirect = await Promise.race([this.#attempt(to, going), overtaken]);
        if (redirect === undefined) return;
        if (redirects === maximumRedirects)
          throw new Error(
            `cannot show '${url.pathname}': more than ${maximumRedirects} redirects, the last one to '${redirect.to}'`,
          );
        to = this.#addresses.resolve(redirect.to, false) as URL;
        // The user cannot return to the entry that led here.
        going.kind = going.kind === 'push' && !redirect.replace ? 'push' : 'replace';
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = toError(error);
      this.#stay();
      throw error;
    } finally {
      if (this.#controller === controller) this.current.set(undefined);
      if (!signal.aborted) this.#fail(url, signal, failure);
      // Does not retry a page that its own guard refuses.
      if (again && !signal.aborted && this.#stale === going.stale) this.#stale = undefined;
      if (this.#stepping !== controller) this.#settle(controller, again && this.#stale === undefined);
    }
  }

  /** Loads a page and shows it. Returns a redirect, if there is one. */
  async #attempt(url: URL, going: Going): Promise<Redirect | undefined> {
    const { kind, state, signal } = going;
    // A new entry of the history would go in the place of the one that it returns to.
    if (this.#stepping !== undefined) await new Promise<void>((resolve) => this.#reverting.push(resolve));
    signal.throwIfAborted();
    const reload = kind === 'load' || kind === 'reload';
    if (!reload && (await isBlocked(this.blockers, url))) {
      signal.throwIfAborted();
      this.#stay();
      return undefined;
    }
    signal.throwIfAborted();
    const from = this.page.peek();
    // A document outside of the base has no route, even one of the same path.
    const isOutside = kind !== 'push' && kind !== 'replace' && this.#addresses.isOutside;
    const found = isOutside ? undefined : this.#match(url);
    const ahead = await this.#prefetched.take(url.href);
    signal.throwIfAborted();
    // Here, since data may have become outdated meanwhile.
    const stale = this.#stale;
    going.stale = stale;
    const known = stale !== undefined ? [] : [...(ahead ?? []), ...(from?.matches ?? [])];
    const handed = kind === 'load' && from === undefined ? await takeRoutes(url, this.container) : undefined;
    signal.throwIfAborted();
    let early = false;
    const show = (matches: readonly Match[]) => {
      early = true;
      void this.#show({ url, matches }, { kind, state, signal });
    };
    const { data, sent: { at = -1, answer, error } = {} } = handed ?? {};
    this.#submissions.restore(found?.chain[at], error === undefined ? { answer } : { error: errorOf(error) });
    const request = { url, from: from?.url, signal, known, handed: data, run: this.within, show };
    if (kind === 'reload') this.#reloads++;
    const outcome = found === undefined ? { matches: [] } : await load({ ...found, ...request });
    signal.throwIfAborted();
    // The entry exists already if something was shown meanwhile.
    if ('redirect' in outcome) return early ? new Redirect(outcome.redirect.to, true) : outcome.redirect;
    if ('stayed' in outcome) this.#stay();
    else {
      await this.#show({ url, matches: outcome.matches }, { kind, state, signal });
      if (!signal.aborted && this.#stale === stale) this.#stale = undefined;
    }
    return undefined;
  }

  /** Keeps the page: reverts a step back or forward. */
  #stay(): void {
    const delta = this.#shown.index - this.#addresses.history.entry.index;
    if (this.page.peek() === undefined || delta === 0 || this.#stopListening === undefined) return;
    this.#stepping = this.#controller;
    this.#addresses.history.go(delta);
  }

  /** Shows the error of a page that is still pending although its load has ended. */
  #fail({ href, pathname }: URL, signal: AbortSignal, failure: Error | undefined): void {
    const page = this.page.peek();
    if (page === undefined || isLoaded(page) || page.url.href !== href) return;
    const error = failure ?? new Error(`cannot show '${pathname}': a guard or a blocker refuses what it leads to`);
    const fail = (match: Match): Match => (match.pending ? { ...match, component: undefined, pending: undefined, error } : match);
    void this.#show({ url: page.url, matches: page.matches.map(fail) }, { kind: 'load', state: undefined, signal });
  }

  /** Shows a page. Returns a promise if the browser animates the change. */
  #show(page: Page, { kind, state, signal }: Omit<Going, 'stale'>): Promise<void> | undefined {
    const before = this.page.peek();
    const from = this.#complete;
    const href = addressOf(page.url);
    const left = kind === 'move' ? undefined : this.#shown.key;
    const change = () =>
      batch(() => {
        if (kind === 'push' && href !== this.#addresses.history.entry.href) this.#addresses.history.push(href, state);
        else if (kind === 'push' || kind === 'replace') this.#addresses.history.replace(href, state);
        const { index, key } = this.#addresses.history.entry;
        this.#shown = { index, key };
        if (isLoaded(page)) this.#complete = page;
        this.page.set(page);
      });
    if (globalThis.document === undefined || this.#endPositions === undefined) change();
    else {
      const moved = kind === 'move' || kind === 'load';
      return changePage({ page, before, from, left, moved, signal, key: () => this.#shown.key, options: this.#options }, change);
    }
    return undefined;
  }
}
