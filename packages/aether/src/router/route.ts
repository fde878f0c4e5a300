import type { ModuleReference } from '@omnitron-dev/nexus';
import { dev } from '#dev';
import type { Component, View } from '../view/types.js';
import { targetOf } from './address.js';
import type { RouteAddress, Target, TargetOptions, WholeTarget } from './options.js';
import { type Params, type PathParams, parsePath } from './path.js';
import type { Schema } from './schema.js';

/** Argument of guards, loaders and actions. */
export interface RouteInfo<P, S> {
  readonly params: P;
  readonly search: S;
  readonly url: URL;
  /** Aborts when a later navigation replaces this one. */
  readonly signal: AbortSignal;
}

/** Answer of a guard: `false` cancels the navigation, a redirect or an address redirects it, anything else lets it continue. */
export type GuardAnswer = boolean | undefined | string | Redirect;

/** A redirect by a guard, loader or action: return or throw it. */
export class Redirect {
  constructor(
    readonly to: string,
    readonly replace: boolean,
  ) {}
}

/** Options of `redirect`. */
export interface RedirectOptions {
  /** Replaces the current entry of the history. */
  readonly replace?: boolean | undefined;
}

/**
 * Creates a redirect to an address or a route; a guard, loader or action returns or throws it.
 *
 * ```ts
 * action: async ({ form }) => redirect(user, { params: { id: await create(form) } }),
 * ```
 *
 * @throws TypeError for a parameter of the route that is missing or empty
 */
export function redirect<T extends Target>(to: WholeTarget<T>): Redirect;
export function redirect<T extends Target>(to: T, options: TargetOptions<T, RedirectOptions>): Redirect;
export function redirect(to: Target, options: RedirectOptions & RouteAddress<AnyRoute> = {}): Redirect {
  return new Redirect(targetOf(to, options), options.replace ?? false);
}

type Awaitable<T> = T | PromiseLike<T>;

/** Options of `route`. */
export interface RouteOptions<P, S, D, A> {
  /** Schema of the query. Without one, `search` has the strings as they are. */
  readonly search?: Schema<S> | undefined;
  /** Decides whether the route may be shown. Guards of parents run first. Guards also run on back and forward. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement has this type
  readonly guard?: ((info: RouteInfo<P, S> & { readonly from: URL | undefined }) => Awaitable<GuardAnswer | void>) | undefined;
  /** Fetches the data of the route. All loaders of a page run at once, after its guards. */
  readonly loader?: ((info: RouteInfo<P, S>) => Awaitable<D>) | undefined;
  /** Handles a `Form` that is sent to the route. The loaders of the page run again afterwards. */
  readonly action?: ((info: RouteInfo<P, S> & { readonly form: FormData }) => Awaitable<A>) | undefined;
  readonly component?: Component<{ readonly children?: View }> | undefined;
  /** Loads the component when the route is first shown. */
  readonly lazy?: (() => Promise<{ readonly default: Component<{ readonly children?: View }> }>) | undefined;
  /**
   * Shown in place of the route while its loader or `lazy` runs, once its guards have passed and if the routes above it have
   * loaded. Without it, the previous page stays.
   */
  readonly pending?: Component | undefined;
  /** Module whose container is open for the component and everything below it, while the route is shown. */
  readonly module?: ModuleReference | undefined;
  /** Shown for an error of this route or below it. */
  readonly error?: Component<{ readonly error: Error; readonly retry: () => Promise<void> }> | undefined;
  /** Title of the document. */
  readonly title?: string | ((match: { readonly params: P; readonly search: S; readonly data: D }) => string) | undefined;
  /** Routes shown in the `Outlet` of this one. Their paths begin with its path. */
  readonly children?: readonly AnyRoute[] | undefined;
}

/** A route. Its type has its parameters, query, data and the answers of its action. */
export interface Route<P = Params, S = unknown, D = unknown, A = unknown> {
  readonly path: string;
  /** @internal */
  readonly options: RouteOptions<never, never, unknown, unknown>;
  /** Types only. */
  readonly types?: { readonly params: P; readonly search: S; readonly data: D; readonly answer: A };
}

/** A route of any type. */
export type AnyRoute = Route<never, unknown, unknown, unknown> | Route<unknown, unknown, unknown, unknown>;

export type ParamsOf<R> = R extends { readonly types?: { readonly params: infer P } } ? P : never;
export type SearchOf<R> = R extends { readonly types?: { readonly search: infer S } } ? S : never;
export type DataOf<R> = R extends { readonly types?: { readonly data: infer D } } ? D : never;
export type AnswerOf<R> = R extends { readonly types?: { readonly answer: infer A } } ? A : never;

/** Query of a route that has no schema. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Defines a route.
 *
 * ```ts
 * const user = route('/users/[id]', {
 *   loader: ({ params, signal }) => fetchUser(params.id, signal),
 *   component: User,
 * });
 * ```
 *
 * @param path from the root, with `[name]`, `[[optional]]`, `[...rest]` or `[[...rest]]` for parameters
 * @throws TypeError for a path that cannot be read, and for children whose paths do not begin with it
 */
export function route<const Path extends string, D = undefined, A = undefined, S = Query>(
  path: Path,
  options: RouteOptions<PathParams<Path>, S, D, A> = {},
): Route<PathParams<Path>, S, Awaited<D>, Exclude<Awaited<A>, Redirect>> {
  if (dev)
    dev.optionsGiven(`route '${path}'`, options, {
      ...{ search: true, guard: true, loader: true, action: true, component: true, lazy: true },
      ...{ pending: true, module: true, error: true, title: true, children: true },
    } satisfies Record<keyof typeof options, true>);
  const segments = parsePath(path);
  for (const child of options.children ?? []) {
    const own = parsePath(child.path).slice(0, segments.length);
    if (JSON.stringify(own) !== JSON.stringify(segments))
      throw new TypeError(`route '${path}': paths of children must begin with '${path}', not '${child.path}'`);
  }
  return { path, options: options as unknown as RouteOptions<never, never, unknown, unknown> };
}
