import type { Container } from '@omnitron-dev/nexus';
import { batch } from '../reactive/batch.js';
import { toError } from '../reactive/error.js';
import { type Signal, signal } from '../reactive/signal.js';
import { addBlocker, isBlocked } from './blockers.js';
import { handedRoutes } from './handover.js';
import { hashHistory, pathHistory, type RouterHistory } from './history.js';
import { load, type Match, optionsOf } from './load.js';
import type { Blocker, Kind, NavigateOptions, Page, RouteAddress, RouteArgs, RouterOptions, Submission } from './options.js';
import { afterPage, beforePage, titleOf } from './page-effects.js';
import { buildPath, type Params } from './path.js';
import { Prefetched } from './prefetched.js';
import { type AnyRoute, Redirect } from './route.js';
import { type FoundRoute, routeTable } from './route-table.js';
import { writeQuery } from './schema.js';

const maximumRedirects = 20;
const pages = new Set<Router>();

/** Navigates between the routes of an application. There may be several. */
export class Router {
  /** The page that is shown; `undefined` until the first is loaded. It stays while the next is loaded. */
  readonly page: Signal<Page | undefined>;
  /** The navigation under way. */
  readonly navigation: Signal<{ readonly to: URL } | undefined>;
  /** The form that was sent last. */
  readonly submission: Signal<Submission | undefined>;
  readonly history: RouterHistory;
  /** @internal Container for `inject()` in guards, loaders and actions. */
  container: Container | undefined;
  private readonly pageSignal = signal<Page | undefined>(undefined);
  private readonly navigationSignal = signal<{ readonly to: URL } | undefined>(undefined);
  private readonly submissionSignal = signal<Submission | undefined>(undefined);
  private readonly match: (url: URL) => FoundRoute | undefined;
  private readonly blockers = new Set<Blocker>();
  private readonly prefetched = new Prefetched();
  private controller: AbortController | undefined = undefined;
  private shown: { index: number; key: string };
  /** The last page that was complete. */
  private complete: Page | undefined = undefined;
  private ignoreMove = false;
  private stopListening: (() => void) | undefined = undefined;
  private readonly origin = globalThis.location?.origin ?? 'http://localhost';

  constructor(readonly options: RouterOptions) {
    const { history = 'history', base = '' } = options;
    this.container = options.container;
    const trimmed = base.replace(/\/+$/, '');
    this.history = typeof history !== 'string' ? history : history === 'hash' ? hashHistory() : pathHistory(trimmed);
    this.page = this.pageSignal;
    this.navigation = this.navigationSignal;
    this.submission = this.submissionSignal;
    this.match = routeTable(options.routes);
    const { index, key } = this.history.entry;
    this.shown = { index, key };
  }

  /** The address in the history. */
  get url(): URL {
    return new URL(this.history.entry.href, this.origin);
  }

  /** Title of the page that is shown, for the document that a server writes. In a page the router sets it. */
  get title(): string | undefined {
    const page = this.pageSignal.peek();
    return page && titleOf(page);
  }

  /** Begins to follow the history and loads the first page. Resolves when it can be shown. */
  start(): Promise<void> {
    this.stopListening ??= this.history.listen(() => void this.moved());
    if (this.history !== this.options.history) pages.add(this);
    return this.pageSignal.peek() === undefined ? this.run(this.url, 'load', undefined) : Promise.resolve();
  }

  /** Aborts what is under way and lets go of the history. */
  stop(): void {
    this.controller?.abort();
    this.stopListening?.();
    this.stopListening = undefined;
    pages.delete(this);
  }

  /**
   * Goes to an address or a route. A later navigation aborts this one.
   *
   * @returns when the page is shown, another navigation has taken its place, or a guard or blocker has refused it
   * @throws TypeError for an address outside of the application, unless `external` is set
   */
  navigate(to: string, options?: NavigateOptions): Promise<void>;
  navigate<R extends AnyRoute>(to: R, ...args: RouteArgs<R, NavigateOptions>): Promise<void>;
  async navigate(to: string | AnyRoute, options: NavigateOptions & RouteAddress<AnyRoute> = {}): Promise<void> {
    const url = this.resolve(typeof to === 'string' ? to : this.hrefOf(to, options), options.external);
    if (url === undefined) return;
    await this.run(url, options.replace ? 'replace' : 'push', options.state);
  }

  /** The address of a route, within the application. */
  href<R extends AnyRoute>(route: R, ...[options]: RouteArgs<R, unknown>): string {
    return this.hrefOf(route, (options ?? {}) as RouteAddress<AnyRoute>);
  }

  /** Goes back or forward in the history. */
  go(delta: number): void {
    this.history.go(delta);
  }

  /** Loads the page again, all of its data. */
  reload(): Promise<void> {
    return this.run(this.url, 'reload', this.history.entry.state);
  }

  /** Loads an address ahead, so that a navigation within 30 s shows it at once. Errors are told by that. */
  async prefetch(to: string): Promise<void> {
    const url = new URL(to, this.url);
    const found = this.match(url);
    if (url.origin !== this.origin || found === undefined) return;
    await this.prefetched.load(url, found, this.within);
  }

  /**
   * Sends a form to the route of an address: runs its action, then loads the page again.
   *
   * @throws TypeError when no route there has an action
   */
  async submit(to: string, form: FormData): Promise<void> {
    const url = this.resolve(to, false) as URL;
    const found = this.match(url);
    const route = found?.chain.findLast((each) => optionsOf(each).action !== undefined);
    if (found === undefined || route === undefined) throw new TypeError(`no route at '${url.pathname}' has an action`);
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    const { signal } = controller;
    this.submissionSignal.set({ route, pending: true });
    const finish = (submission: Submission) => this.submissionSignal.set(submission);
    try {
      const action = optionsOf(route).action as (info: unknown) => unknown;
      const info = { params: found.params, search: Object.fromEntries(url.searchParams), url, signal, form };
      const answer = await this.within(() => action(info));
      signal.throwIfAborted();
      if (answer instanceof Redirect) return await this.redirected(answer, route);
      finish({ route, pending: false, answer });
      await this.reload();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Redirect) return await this.redirected(error, route);
      finish({ route, pending: false, error: toError(error) });
    }
  }

  private async redirected(to: Redirect, route: AnyRoute): Promise<void> {
    this.submissionSignal.set({ route, pending: false });
    await this.navigate(to.to, { replace: to.replace });
  }

  /** Asks before the page is left: `true` stays. Returns what ends that. */
  block(blocker: Blocker): () => void {
    return addBlocker(this.blockers, blocker, () => this.url);
  }

  private hrefOf(route: AnyRoute, { params, search, hash }: RouteAddress<AnyRoute>): string {
    const fragment = hash === undefined || hash === '' ? '' : `#${hash.replace(/^#/, '')}`;
    return buildPath(route.path, (params ?? {}) as Params) + writeQuery((search ?? {}) as Record<string, unknown>) + fragment;
  }

  private resolve(to: string, external: boolean | undefined): URL | undefined {
    const url = new URL(to, this.url);
    if (url.origin === this.origin) return url;
    if (!external || !/^https?:$/.test(url.protocol))
      throw new TypeError(`'${to}' is outside of the application; navigate with { external: true } to leave it`);
    globalThis.location.assign(url);
    return undefined;
  }

  /** The user went back or forward. */
  private async moved(): Promise<void> {
    if (this.ignoreMove) {
      this.ignoreMove = false;
      return;
    }
    await this.run(this.url, 'move', undefined);
  }

  private async run(url: URL, kind: Kind, state: unknown): Promise<void> {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    const { signal } = controller;
    // A loader need not heed its signal.
    const overtaken = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    overtaken.catch(() => {});
    let to = url;
    let how = kind;
    try {
      for (let redirects = 0; ; redirects++) {
        this.navigationSignal.set({ to });
        const redirect = await Promise.race([this.attempt(to, how, state, signal), overtaken]);
        if (redirect === undefined) return;
        if (redirects === maximumRedirects)
          throw new Error(`more than ${maximumRedirects} redirects, the last one to '${redirect.to}'`);
        to = this.resolve(redirect.to, false) as URL;
        // The entry that led here is not one to come back to.
        how = how === 'push' && !redirect.replace ? 'push' : 'replace';
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (this.controller === controller) this.navigationSignal.set(undefined);
    }
  }

  /** Loads a page and shows it. Returns where to go instead, if anywhere. */
  private async attempt(url: URL, kind: Kind, state: unknown, signal: AbortSignal): Promise<Redirect | undefined> {
    const reload = kind === 'load' || kind === 'reload';
    if (!reload && (await isBlocked(this.blockers, url))) {
      signal.throwIfAborted();
      this.stay(kind);
      return undefined;
    }
    signal.throwIfAborted();
    const from = this.pageSignal.peek();
    const found = this.match(url);
    const taken = this.prefetched.take(url.href);
    const ahead = kind === 'reload' ? undefined : await taken;
    signal.throwIfAborted();
    const known = kind === 'reload' ? [] : [...(ahead ?? []), ...(from?.matches ?? [])];
    const handed = kind === 'load' && from === undefined ? handedRoutes(url) : undefined;
    let early = false;
    const show = (matches: readonly Match[]) => {
      early = true;
      this.show({ url, matches }, kind, state);
    };
    const request = { url, from: from?.url, signal, known, handed, run: this.within, show };
    const outcome = found === undefined ? { matches: [] } : await load({ ...found, ...request });
    signal.throwIfAborted();
    // The entry is there already when something was shown meanwhile.
    if ('redirect' in outcome) return early ? new Redirect(outcome.redirect.to, true) : outcome.redirect;
    if ('stayed' in outcome) this.stay(kind);
    else this.show({ url, matches: outcome.matches }, kind, state);
    return undefined;
  }

  private readonly within = <T>(action: () => T): T => (this.container === undefined ? action() : this.container.run(action));

  /** Stays at the page: takes a step back or forward back. */
  private stay(kind: Kind): void {
    const delta = this.shown.index - this.history.entry.index;
    if (kind !== 'move' || delta === 0) return;
    this.ignoreMove = true;
    this.history.go(delta);
  }

  private show(page: Page, kind: Kind, state: unknown): void {
    const before = this.pageSignal.peek();
    const from = this.complete;
    const isComplete = isLoaded(page);
    if (isComplete) this.complete = page;
    const href = page.url.pathname + page.url.search + page.url.hash;
    const left = this.shown;
    const change = () =>
      batch(() => {
        if (kind === 'push' && href !== this.history.entry.href) this.history.push(href, state);
        else if (kind === 'push' || kind === 'replace') this.history.replace(href, state);
        const { index, key } = this.history.entry;
        this.shown = { index, key };
        this.pageSignal.set(page);
      });
    if (globalThis.document === undefined || !pages.has(this)) return change();
    if (before === undefined || isLoaded(before)) beforePage(left.key);
    if (!isComplete) return change();
    const after = () => afterPage({ page, from, moved: kind === 'move', key: this.shown.key });
    const { startViewTransition } = document as { startViewTransition?: (update: () => void) => unknown };
    if (this.options.viewTransitions && from !== undefined && startViewTransition !== undefined) {
      startViewTransition.call(document, () => {
        change();
        after();
      });
    } else {
      change();
      after();
    }
  }
}

const isLoaded = ({ matches }: Page): boolean => !matches.some(({ pending }) => pending);

/**
 * Creates a router. Nothing happens until it is started, which `RouterProvider` does.
 *
 * @throws TypeError for a path that cannot be read
 */
export const createRouter = (options: RouterOptions): Router => new Router(options);

/** The router of the page, if there is one only. */
export function pageRouter(): Router | undefined {
  return pages.size === 1 ? [...pages][0] : undefined;
}
