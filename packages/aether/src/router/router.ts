import type { Container } from '@omnitron-dev/nexus';
import { batch } from '../reactive/batch.js';
import { report, toError } from '../reactive/error.js';
import { type Signal, signal } from '../reactive/signal.js';
import { addressOf, baseOf, insideOf, readAddress, targetOf } from './address.js';
import { addBlocker, isBlocked } from './blockers.js';
import { errorOf, handedRoutes, readRich } from './handover.js';
import { below, hashHistory, isWithin, pathHistory, type RouterHistory, withinDocument } from './history.js';
import { act, load, type Match, optionsOf } from './load.js';
import type {
  Blocker,
  Going,
  Kind,
  NavigateOptions,
  Page,
  RouteAddress,
  RouterOptions,
  Submission,
  Target,
  TargetOptions,
  WholeTarget,
} from './options.js';
import { changePage, isLoaded, keepPositions, leavePage, titleOf } from './page-effects.js';
import { pages } from './page-routers.js';
import { Prefetched } from './prefetched.js';
import { type AnyRoute, Redirect } from './route.js';
import { type FoundRoute, routeTable } from './route-table.js';
import { Submissions } from './submissions.js';

const maximumRedirects = 20;

/** Navigates between the routes of an application. There may be several. */
export class Router {
  readonly #page = signal<Page | undefined>(undefined);
  readonly #navigation = signal<{ readonly to: URL } | undefined>(undefined);
  readonly #submissions = new Submissions();
  /** The current page; `undefined` until the first has loaded. It stays while the next page loads. */
  readonly page: Signal<Page | undefined> = this.#page;
  /** The current navigation. */
  readonly navigation: Signal<{ readonly to: URL } | undefined> = this.#navigation;
  /** The latest submitted form. */
  readonly submission: Signal<Submission | undefined> = this.#submissions.latest;
  readonly history: RouterHistory;
  /** @internal Container for `inject()` in guards, loaders and actions. */
  container: Container | undefined;
  readonly #base: string;
  readonly #match: (url: URL) => FoundRoute | undefined;
  readonly #blockers = new Set<Blocker>();
  readonly #prefetched = new Prefetched();
  #controller: AbortController | undefined = undefined;
  #shown: { index: number; key: string };
  /** Last complete page. */
  #complete: Page | undefined = undefined;
  /** Navigation whose step in the history is being reverted. */
  #stepping: AbortController | undefined = undefined;
  /** Whether the latest navigation has ended. */
  #idle = false;
  /** Set while the page may have data from before an action or a reload. */
  #stale: object | undefined = undefined;
  #stopListening: (() => void) | undefined = undefined;
  #endPositions: (() => void) | undefined = undefined;
  // Pages of files and of frames without an address have an opaque origin.
  readonly #origin = /^https?:/.test(globalThis.location?.protocol) ? globalThis.location.origin : 'http://localhost';

  /** @throws TypeError for a `base` that is no path, and a path of a route that cannot be read */
  constructor(readonly options: RouterOptions) {
    const { history = 'history', base = '' } = options;
    this.container = options.container;
    this.#base = baseOf(base);
    if (typeof history !== 'string') this.history = this.#base === '' ? history : below(this.#base, history);
    else this.history = history === 'hash' ? hashHistory() : pathHistory(this.#base);
    this.#match = routeTable(options.routes);
    const { index, key } = this.history.entry;
    this.#shown = { index, key };
  }

  /** The current address of the history. */
  get url(): URL {
    return readAddress(this.history.entry.href, this.#origin);
  }

  /** Title of the current page, for a document rendered on a server. In a page, the router sets it. */
  get title(): string | undefined {
    const page = this.#page.peek();
    return page && titleOf(page, this.options);
  }

  /** Subscribes to the history and loads the first page. Resolves when the page can be shown. */
  start(): Promise<void> {
    this.#idle ||= this.#stopListening === undefined;
    this.#stopListening ??= this.history.listen(() => void this.#moved().catch(report));
    if (typeof this.options.history !== 'object' && !pages.has(this)) {
      pages.add(this);
      this.#endPositions = keepPositions(() => this.#leave());
    }
    return this.#page.peek()?.url.href === this.url.href ? this.#refresh() : this.#run(this.url, 'load', undefined);
  }

  /** Aborts the current navigation and unsubscribes from the history. */
  stop(): void {
    this.#controller?.abort();
    this.#idle = false;
    this.#stepping = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#endPositions?.();
    pages.delete(this);
  }

  /**
   * Navigates to an address or a route. A later navigation aborts this one.
   *
   * @returns when the page is shown, another navigation has replaced this one, or a guard or blocker has refused it
   * @throws TypeError for an address outside of the application, unless `external` is set
   */
  navigate<T extends Target>(to: WholeTarget<T>): Promise<void>;
  navigate<T extends Target>(to: T, options: TargetOptions<T, NavigateOptions>): Promise<void>;
  async navigate(to: Target, options: NavigateOptions & RouteAddress<AnyRoute> = {}): Promise<void> {
    const url = this.#resolve(targetOf(to, options), options.external);
    if (url === undefined) return;
    await this.#run(url, options.replace ? 'replace' : 'push', options.state);
  }

  /** Returns the address of a route, within the application. */
  href<R extends AnyRoute>(route: WholeTarget<R>): string;
  href<R extends AnyRoute>(route: R, address: TargetOptions<R, unknown>): string;
  href(route: AnyRoute, address: RouteAddress<AnyRoute> = {}): string {
    return targetOf(route, address);
  }

  /** Goes back or forward in the history. */
  go(delta: number): void {
    this.history.go(delta);
  }

  /** Loads the page again, with all its data. */
  reload(): Promise<void> {
    return this.#run(this.url, 'reload', this.history.entry.state);
  }

  /** Loads an address ahead, so that a navigation within 30 s shows it at once. That navigation reports any errors. */
  async prefetch(to: string): Promise<void> {
    const url = this.inside(to);
    const found = url && this.#match(url);
    if (url !== undefined && found !== undefined) await this.#prefetched.load(url, found, this.#within);
  }

  /**
   * Sends a form to the route of an address: runs its action, then loads the page again.
   *
   * @throws TypeError when no route there has an action
   */
  submit(to: string, form: FormData): Promise<void> {
    return this.act(to, form, (target, { replace }) => this.#run(target, replace ? 'replace' : 'push', undefined));
  }

  /** @internal Like `submit`, with a function that handles a redirect of the action. */
  async act(to: string, form: FormData, lead: (target: URL, redirect: Redirect) => Promise<void>): Promise<void> {
    const url = this.#resolve(to, false) as URL;
    const found = this.#match(url);
    const route = found && actionIn(found);
    if (found === undefined || route === undefined) throw new TypeError(`no route at '${url.pathname}' has an action`);
    const { controller, finish } = batch(() => {
      const controller = this.#begin();
      this.#navigation.set(undefined);
      return { controller, finish: this.#submissions.begin(route, controller.signal) };
    });
    const { signal } = controller;
    let after: () => Promise<void>;
    try {
      const answer = await act(route, { params: found.params, url, signal, run: this.#within }, form);
      this.#stale = {};
      if (signal.aborted) after = () => this.#refresh();
      else if (answer instanceof Redirect) {
        const target = this.#resolve(answer.to, false) as URL;
        after = () => lead(target, answer);
        finish();
      } else {
        after = () => this.reload();
        finish({ answer });
      }
    } catch (error) {
      finish({ error: toError(error) });
      this.#settle(controller);
      return;
    }
    await after();
  }

  /** Calls a function before the user leaves the page; `true` keeps the page. Returns a function that removes the blocker. */
  block(blocker: Blocker): () => void {
    return addBlocker(this.#blockers, blocker, () => this.url);
  }

  #resolve(to: string, external: boolean | undefined): URL | undefined {
    const url = this.inside(to);
    if (url !== undefined) return url;
    const outside = new URL(to, this.url);
    if (!external || !/^https?:$/.test(outside.protocol))
      throw new TypeError(`'${to}' is outside of the application; navigate with { external: true } to leave it`);
    globalThis.location.assign(outside);
    return undefined;
  }

  /** @internal Returns the address of the document for an address; a malformed one, and one outside of the application, as it is. */
  addressFor(to: string, base = this.url): string {
    const url = this.inside(to, base);
    return url === undefined ? to : this.history.address(addressOf(url));
  }

  /** @internal Returns an address of the application, relative to `base`; `undefined` if it is malformed or outside. */
  inside(to: string, base = this.url): URL | undefined {
    return insideOf(to, base, this.#origin);
  }

  /** @internal Returns the address within the application for an address of the document; `undefined` if it is outside. */
  withinDocument(address: string): URL | undefined {
    const href = withinDocument(this.history, this.#base, address);
    return href === undefined ? undefined : this.inside(href);
  }

  /** @internal Whether the address of the history is below `base`. */
  get isInside(): boolean {
    const { history = 'history' } = this.options;
    return history === 'hash' || isWithin(this.#base, typeof history === 'object' ? history.entry.href : location.pathname);
  }

  /**
   * @internal Returns whether the router handles a link or a form to an address of the application. With addresses as the server sees
   * them, the browser navigates to addresses without a route, unless there is `notFound` to show, and sends forms without an action.
   */
  takes(url: URL, method = 'get'): boolean {
    if ((this.options.history ?? 'history') !== 'history') return true;
    return method === 'post' ? this.hasAction(url) : this.options.notFound !== undefined || this.#match(url) !== undefined;
  }

  /** @internal Returns whether a route of an address has an action. */
  hasAction(url: URL): boolean {
    const found = this.#match(url);
    return found !== undefined && actionIn(found) !== undefined;
  }

  /** The user went back or forward. */
  async #moved(): Promise<void> {
    const refused = this.#stepping;
    if (refused !== undefined) {
      this.#stepping = undefined;
      this.#settle(refused);
      return;
    }
    // Synchronous: a link within the page scrolls after this.
    if (pages.has(this)) this.#leave();
    await this.#run(this.url, 'move', undefined);
  }

  #leave(): void {
    leavePage(this.#page.peek(), this.#shown.key);
  }

  /** Aborts the current navigation. */
  #begin(): AbortController {
    this.#controller?.abort();
    this.#controller = new AbortController();
    this.#idle = false;
    return this.#controller;
  }

  /** Records the end of the latest navigation. A page whose load it has aborted is loaded after all. */
  #settle({ signal }: AbortController, tried = false): void {
    if (signal.aborted) return;
    this.#idle = true;
    if (!tried) this.#refresh().catch(report);
  }

  /** Reloads the current page if it is pending or has stale data, unless a navigation is in progress. */
  async #refresh(): Promise<void> {
    const page = this.#page.peek();
    if (!this.#idle || page === undefined || (this.#stale === undefined && isLoaded(page))) return;
    await this.#run(page.url, 'load', undefined);
  }

  async #run(url: URL, kind: Kind, state: unknown): Promise<void> {
    const controller = this.#begin();
    const { signal } = controller;
    if (kind === 'reload') this.#stale = {};
    const stale = this.#stale;
    if (stale !== undefined) this.#prefetched.clear();
    // A loader need not respect its signal.
    const overtaken = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    overtaken.catch(() => {});
    let to = url;
    let how = kind;
    let failure: Error | undefined;
    try {
      for (let redirects = 0; ; redirects++) {
        this.#navigation.set({ to });
        const redirect = await Promise.race([this.#attempt(to, { kind: how, state, signal, stale }), overtaken]);
        if (redirect === undefined) return;
        if (redirects === maximumRedirects)
          throw new Error(`more than ${maximumRedirects} redirects, the last one to '${redirect.to}'`);
        to = this.#resolve(redirect.to, false) as URL;
        // The user cannot return to the entry that led here.
        how = how === 'push' && !redirect.replace ? 'push' : 'replace';
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = toError(error);
      this.#stay();
      throw error;
    } finally {
      if (this.#controller === controller) this.#navigation.set(undefined);
      if (!signal.aborted) this.#fail(url, signal, failure);
      const again = kind === 'load' || kind === 'reload';
      // Does not retry a page that its own guard refuses.
      if (again && !signal.aborted && this.#stale === stale) this.#stale = undefined;
      if (this.#stepping !== controller) this.#settle(controller, again && this.#stale === undefined);
    }
  }

  /** Loads a page and shows it. Returns a redirect, if there is one. */
  async #attempt(url: URL, { kind, state, signal, stale }: Going): Promise<Redirect | undefined> {
    const reload = kind === 'load' || kind === 'reload';
    if (!reload && (await isBlocked(this.#blockers, url))) {
      signal.throwIfAborted();
      this.#stay();
      return undefined;
    }
    signal.throwIfAborted();
    const from = this.#page.peek();
    // A document outside of the base has no route, even one of the same path.
    const isOutside = kind !== 'push' && kind !== 'replace' && this.#base !== '' && !this.isInside;
    const found = isOutside ? undefined : this.#match(url);
    const ahead = await this.#prefetched.take(url.href);
    signal.throwIfAborted();
    const known = stale !== undefined ? [] : [...(ahead ?? []), ...(from?.matches ?? [])];
    const embedded = kind === 'load' && from === undefined ? handedRoutes(url) : undefined;
    const handed = embedded?.rich === undefined ? embedded : await readRich(embedded.rich);
    signal.throwIfAborted();
    let early = false;
    const show = (matches: readonly Match[]) => {
      early = true;
      void this.#show({ url, matches }, { kind, state, signal });
    };
    const { data, sent: { at = -1, answer, error } = {} } = handed ?? {};
    this.#submissions.restore(found?.chain[at], error === undefined ? { answer } : { error: errorOf(error) });
    const request = { url, from: from?.url, signal, known, handed: data, run: this.#within, show };
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

  readonly #within = <T>(action: () => T): T => (this.container === undefined ? action() : this.container.run(action));

  /** Keeps the page: reverts a step back or forward. */
  #stay(): void {
    const delta = this.#shown.index - this.history.entry.index;
    if (this.#page.peek() === undefined || delta === 0) return;
    this.#stepping = this.#controller;
    this.history.go(delta);
  }

  /** Shows the error of a page that is still pending although its load has ended. */
  #fail({ href, pathname }: URL, signal: AbortSignal, failure: Error | undefined): void {
    const page = this.#page.peek();
    if (page === undefined || isLoaded(page) || page.url.href !== href) return;
    const error = failure ?? new Error(`a guard or a blocker refuses what '${pathname}' leads to`);
    const fail = (match: Match): Match => (match.pending ? { ...match, component: undefined, pending: undefined, error } : match);
    void this.#show({ url: page.url, matches: page.matches.map(fail) }, { kind: 'load', state: undefined, signal });
  }

  /** Shows a page. Returns a promise if the browser animates the change. */
  #show(page: Page, { kind, state, signal }: Omit<Going, 'stale'>): Promise<void> | undefined {
    const before = this.#page.peek();
    const from = this.#complete;
    const href = addressOf(page.url);
    const left = kind === 'move' ? undefined : this.#shown.key;
    const change = () =>
      batch(() => {
        if (kind === 'push' && href !== this.history.entry.href) this.history.push(href, state);
        else if (kind === 'push' || kind === 'replace') this.history.replace(href, state);
        const { index, key } = this.history.entry;
        this.#shown = { index, key };
        if (isLoaded(page)) this.#complete = page;
        this.#page.set(page);
      });
    if (globalThis.document === undefined || !pages.has(this)) change();
    else {
      const moved = kind === 'move' || kind === 'load';
      return changePage({ page, before, from, left, moved, signal, key: () => this.#shown.key, options: this.options }, change);
    }
    return undefined;
  }
}

/** Returns the innermost route with an action. */
const actionIn = ({ chain }: FoundRoute): AnyRoute | undefined =>
  chain.findLast((route) => optionsOf(route).action !== undefined);

/**
 * Creates a router. It does nothing until it is started, by `RouterProvider` or `start()`.
 *
 * @throws TypeError for a path of a route that cannot be read, and a `base` that is no path
 */
export const createRouter = (options: RouterOptions): Router => new Router(options);
