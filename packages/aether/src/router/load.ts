import { toError } from '../reactive/error.js';
import { componentOf } from '../view/lazy.js';
import type { Component, View } from '../view/types.js';
import { type Params, parsePath } from './path.js';
import { type AnyRoute, Redirect, type RouteInfo, type RouteOptions } from './route.js';
import { same } from './same.js';
import { readQuery, validate } from './schema.js';

/** A route on display, with its loaded data. */
export interface Match {
  readonly route: AnyRoute;
  readonly params: Params;
  readonly search: unknown;
  readonly data: unknown;
  readonly error: Error | undefined;
  readonly component: Component<{ readonly children?: View }> | undefined;
  /** Set while the route loads; `component` is then its `pending`. */
  readonly pending?: true | undefined;
}

/** Result of loading a page: its matches, a redirect, or a refusal. */
export type Outcome = { readonly matches: readonly Match[] } | { readonly redirect: Redirect } | { readonly stayed: true };

type AnyOptions = RouteOptions<unknown, unknown, unknown, unknown>;
type Info = RouteInfo<unknown, unknown>;

/** Returns the options of a route, for callers with matching arguments. */
export const optionsOf = (route: AnyRoute): AnyOptions => route.options as unknown as AnyOptions;

export interface LoadRequest {
  /** Routes from the outermost to the target. */
  readonly chain: readonly AnyRoute[];
  readonly params: Params;
  readonly url: URL;
  readonly from: URL | undefined;
  readonly signal: AbortSignal;
  /** Matches whose data stays if their parameters and query are unchanged. */
  readonly known: readonly Match[];
  /** Embedded data for the routes of the chain. */
  readonly handed?: readonly unknown[] | undefined;
  /** Calls a guard or a loader in a context in which `inject()` works. */
  readonly run: <T>(action: () => T) => T;
  /** Shows matches while the rest of the page loads. */
  readonly show?: ((matches: readonly Match[]) => void) | undefined;
}

/** Components loaded by `lazy`. */
const components = new WeakMap<AnyRoute, Component<{ readonly children?: View }>>();

/**
 * Runs the guards, one after the other from the outermost, then all loaders at once. An error belongs to its route: those
 * below it are left out.
 */
export async function load(request: LoadRequest): Promise<Outcome> {
  const { chain, signal } = request;
  const errors = new Map<number, Error>();
  const infos = await Promise.all(
    chain.map((route, index) => infoOf(route, request).catch((error: unknown) => fail(errors, index, error))),
  );
  const guarded = await guard(request, infos, errors);
  if (guarded !== undefined) return guarded;
  signal.throwIfAborted();
  const end = Math.min(chain.length, ...errors.keys());
  const meanwhile = request.handed === undefined ? shownMeanwhile(request, infos.slice(0, end)) : undefined;
  if (meanwhile !== undefined) request.show?.(meanwhile);
  const loaded = await Promise.all(
    chain
      .slice(0, end)
      .map((route, index) => loadRoute(route, index, infos[index] as Info, request).catch((error: unknown) => ({ error }))),
  );
  signal.throwIfAborted();
  const matches: Match[] = [];
  for (const [index, route] of chain.entries()) {
    const result = loaded[index];
    const { params, search } = infos[index] ?? { params: request.params, search: {} };
    const thrown = result !== undefined && 'error' in result ? result.error : errors.get(index);
    const answer = result !== undefined && 'data' in result ? result.data : undefined;
    if (thrown instanceof Redirect) return { redirect: thrown };
    if (answer instanceof Redirect) return { redirect: answer };
    const error = thrown === undefined ? undefined : toError(thrown);
    const component = result !== undefined && 'component' in result ? result.component : undefined;
    matches.push({ route, params: params as Params, search, data: answer, error, component });
    if (error !== undefined) break;
  }
  return { matches };
}

/** Returns the parameters of the page that the path of a route has. */
function ownParams(route: AnyRoute, params: Params): Params {
  const names = parsePath(route.path).flatMap(({ kind, name }) => (kind !== 'static' && name in params ? [name] : []));
  return Object.fromEntries(names.map((name) => [name, params[name]]));
}

function fail(errors: Map<number, Error>, index: number, error: unknown): undefined {
  errors.set(index, toError(error));
}

/** Runs the action of a route. Returns its answer, or a redirect that it has thrown. */
export async function act(
  route: AnyRoute,
  request: Pick<LoadRequest, 'params' | 'url' | 'signal' | 'run'>,
  form: FormData,
): Promise<unknown> {
  const info = await infoOf(route, request);
  try {
    return await request.run(() => optionsOf(route).action?.({ ...info, form }));
  } catch (error) {
    if (error instanceof Redirect) return error;
    throw error;
  }
}

async function infoOf(route: AnyRoute, { params, url, signal }: Pick<LoadRequest, 'params' | 'url' | 'signal'>): Promise<Info> {
  const query = readQuery(url.searchParams);
  const { search } = optionsOf(route);
  return {
    params: ownParams(route, params),
    url,
    signal,
    search: search === undefined ? query : await validate(search, query, 'query'),
  };
}

async function guard(
  { chain, from, signal, run }: LoadRequest,
  infos: readonly (Info | undefined)[],
  errors: Map<number, Error>,
): Promise<Outcome | undefined> {
  for (const [index, route] of chain.entries()) {
    const info = infos[index];
    if (info === undefined) return undefined;
    try {
      const { guard } = optionsOf(route);
      const answer = guard && (await run(() => guard({ ...info, from })));
      signal.throwIfAborted();
      if (answer === false) return { stayed: true };
      if (typeof answer === 'string') return { redirect: new Redirect(answer, false) };
      if (answer instanceof Redirect) return { redirect: answer };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Redirect) return { redirect: error };
      fail(errors, index, error);
      return undefined;
    }
  }
  return undefined;
}

interface Loaded {
  readonly data: unknown;
  readonly component: Component<{ readonly children?: View }> | undefined;
}

async function loadRoute(route: AnyRoute, index: number, info: Info, { known, handed, run }: LoadRequest): Promise<Loaded> {
  const options = optionsOf(route);
  const { loader } = options;
  const same = knownMatch(known, route, info);
  const [data, component] = await Promise.all([
    same !== undefined ? same.data : loader && (handed !== undefined ? handed[index] : run(() => loader(info))),
    knownComponent(route) ?? loadComponent(route, options),
  ]);
  return { data, component };
}

/** Returns the routes that need no loading, and the first that does; `undefined` if that one has nothing to show meanwhile. */
function shownMeanwhile({ chain, known }: LoadRequest, infos: readonly (Info | undefined)[]): readonly Match[] | undefined {
  const matches: Match[] = [];
  for (const [index, info] of infos.entries()) {
    const route = chain[index] as AnyRoute;
    const { loader, lazy, pending } = optionsOf(route);
    const { params, search } = info as Info;
    const component = knownComponent(route);
    const match = { route, params: params as Params, search, data: undefined, error: undefined, component };
    const same = knownMatch(known, route, info as Info);
    if (same !== undefined || (loader === undefined && (component !== undefined || lazy === undefined))) {
      matches.push(same ?? match);
    } else return pending && [...matches, { ...match, component: pending, pending: true }];
  }
  return undefined;
}

const knownComponent = (route: AnyRoute): Match['component'] => optionsOf(route).component ?? components.get(route);

const knownMatch = (known: readonly Match[], route: AnyRoute, info: Info): Match | undefined =>
  known.find((match) => match.route === route && match.error === undefined && !match.pending && sameInput(match, info));

const sameInput = (match: Match, { params, search }: Info): boolean => same([match.params, match.search], [params, search]);

async function loadComponent(
  route: AnyRoute,
  { lazy }: AnyOptions,
): Promise<Component<{ readonly children?: View }> | undefined> {
  if (lazy === undefined) return undefined;
  const component = componentOf(await lazy());
  components.set(route, component);
  return component;
}
