import type { Container } from '@omnitron-dev/nexus';
import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { toError } from '../reactive/error.js';
import type { Signal } from '../reactive/signal.js';
import { targetOf } from './address.js';
import { Addresses } from './addresses.js';
import { addBlocker } from './blockers.js';
import type { RouterHistory } from './history.js';
import { act, optionsOf } from './load.js';
import { Navigations } from './navigations.js';
import type {
  Blocker,
  NavigateOptions,
  Page,
  RouteAddress,
  RouterOptions,
  Submission,
  Target,
  TargetOptions,
  WholeTarget,
} from './options.js';
import { titleOf } from './page-effects.js';
import { pages } from './page-routers.js';
import { type AnyRoute, Redirect } from './route.js';
import { type FoundRoute, routeTable } from './route-table.js';
import { Submissions } from './submissions.js';

/** Navigates between the routes of an application. There may be several. */
export class Router {
  readonly #submissions = new Submissions();
  readonly #match: (url: URL) => FoundRoute | undefined;
  readonly #navigations: Navigations;
  readonly history: RouterHistory;
  /** @internal */
  readonly addresses: Addresses;
  /** The current page; `undefined` until the first has loaded. It stays while the next page loads. */
  readonly page: Signal<Page | undefined>;
  /** The current navigation. */
  readonly navigation: Signal<{ readonly to: URL } | undefined>;
  /** The latest submitted form. */
  readonly submission: Signal<Submission | undefined> = this.#submissions.latest;

  /** @throws TypeError for a `base` that is no path, and a path of a route that cannot be read */
  constructor(readonly options: RouterOptions) {
    if (dev)
      dev.optionsGiven('createRouter', options, {
        ...{ routes: true, history: true, base: true, notFound: true, notFoundTitle: true },
        ...{ pending: true, container: true, viewTransitions: true },
      } satisfies Record<keyof RouterOptions, true>);
    this.addresses = new Addresses(options);
    this.#match = routeTable(options.routes);
    this.#navigations = new Navigations(options, this.addresses, this.#match, this.#submissions);
    this.history = this.addresses.history;
    this.page = this.#navigations.page;
    this.navigation = this.#navigations.current;
  }

  /** @internal Container for `inject()` in guards, loaders and actions. */
  get container(): Container | undefined {
    return this.#navigations.container;
  }

  set container(container: Container | undefined) {
    this.#navigations.container = container;
  }

  /** The current address of the history. */
  get url(): URL {
    return this.addresses.url;
  }

  /** Title of the current page, for a document rendered on a server. In a page, the router sets it. */
  get title(): string | undefined {
    const page = this.page.peek();
    return page && titleOf(page, this.options);
  }

  /** Subscribes to the history and loads the first page. Resolves when the page can be shown. */
  start(): Promise<void> {
    const isOfPage = typeof this.options.history !== 'object';
    if (isOfPage) pages.add(this);
    return this.#navigations.start(isOfPage);
  }

  /** Aborts the current navigation and unsubscribes from the history. */
  stop(): void {
    this.#navigations.stop();
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
    const url = this.addresses.resolve(targetOf(to, options), options.external);
    if (url === undefined) return;
    await this.#navigations.run(url, options.replace ? 'replace' : 'push', options.state);
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

  /**
   * Loads the page again, with all its data. A navigation or an action in progress goes on: all data is loaded for the page that it leads to,
   * or for this one if it fails or is refused.
   *
   * @returns when the data is loaded, or at once during a navigation or an action, which is followed by it
   * @throws Error when a guard or a loader of the page reloads it each time that it runs
   */
  reload(): Promise<void> {
    return this.#navigations.reload();
  }

  /** Loads an address ahead, so that a navigation within 30 s shows it at once. That navigation reports any errors. */
  async prefetch(to: string): Promise<void> {
    const url = this.addresses.inside(to);
    const found = url && this.#match(url);
    if (url !== undefined && found !== undefined) await this.#navigations.prefetch(url, found);
  }

  /**
   * Sends a form to the route of an address: runs its action, then loads the page again.
   *
   * @throws TypeError when no route there has an action
   */
  submit(to: string, form: FormData): Promise<void> {
    return this.act(to, form, (target, { replace }) => this.#navigations.run(target, replace ? 'replace' : 'push', undefined));
  }

  /** @internal Like `submit`, with a function that handles a redirect of the action. */
  async act(to: string, form: FormData, lead: (target: URL, redirect: Redirect) => Promise<void>): Promise<void> {
    const url = this.addresses.resolve(to, false) as URL;
    const found = this.#match(url);
    const route = found && actionIn(found);
    if (found === undefined || route === undefined)
      throw new TypeError(`cannot submit to '${url.pathname}': no route there has an action`);
    const { controller, finish } = batch(() => {
      const controller = this.#navigations.begin();
      this.#navigations.current.set(undefined);
      return { controller, finish: this.#submissions.begin(route, controller.signal) };
    });
    const { signal } = controller;
    let after: () => Promise<void>;
    try {
      const answer = await act(route, { params: found.params, url, signal, run: this.#navigations.within }, form);
      this.#navigations.outdate();
      if (signal.aborted) after = () => this.#navigations.refresh();
      else if (answer instanceof Redirect) {
        const target = this.addresses.resolve(answer.to, false) as URL;
        after = () => lead(target, answer);
        finish();
      } else {
        after = () => this.reload();
        finish({ answer });
      }
    } catch (error) {
      finish({ error: toError(error) });
      this.#navigations.keep(controller);
      return;
    }
    await after();
  }

  /** Calls a function before the user leaves the page; `true` keeps the page. Returns a function that removes the blocker. */
  block(blocker: Blocker): () => void {
    return addBlocker(this.#navigations.blockers, blocker, () => this.url);
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
