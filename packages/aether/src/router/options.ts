/** Types of a router: its options, pages and navigations. */
import type { Container } from '@omnitron-dev/nexus';
import type { Component } from '../view/types.js';
import type { RouterHistory } from './history.js';
import type { Match } from './load.js';
import type { Params } from './path.js';
import type { AnyRoute, ParamsOf, SearchOf } from './route.js';

/** Options of `createRouter`. */
export interface RouterOptions {
  readonly routes: readonly AnyRoute[];
  /** Default `history`: addresses as the server sees them. `hash` keeps them in the fragment. */
  readonly history?: 'history' | 'hash' | RouterHistory | undefined;
  /** Path below which the application lives, such as `/app`. Addresses within the application omit it. */
  readonly base?: string | undefined;
  /** Shown for an address without a route. */
  readonly notFound?: Component | undefined;
  /** Title of the document for such an address. Default: none; in a page, that of the document. */
  readonly notFoundTitle?: string | undefined;
  /** Shown while the first page loads, if its routes have nothing to show. */
  readonly pending?: Component | undefined;
  /** Container for `inject()` in guards, loaders and actions. Default: the one surrounding `RouterProvider`. */
  readonly container?: Container | undefined;
  /** Lets the browser animate navigations. Default `false`. */
  readonly viewTransitions?: boolean | undefined;
}

/** A page on display. */
export interface Page {
  readonly url: URL;
  /** Routes from the outermost inwards; empty if no route has the address. */
  readonly matches: readonly Match[];
}

/** Options of a navigation. */
export interface NavigateOptions {
  /** Replaces the current entry of the history. */
  readonly replace?: boolean | undefined;
  /** Stored with the entry of the history. */
  readonly state?: unknown;
  /** Allows an address outside of the application, which then leaves the page. */
  readonly external?: boolean | undefined;
}

type Optional<K extends string, T> = unknown extends T
  ? { readonly [P in K]?: Params | undefined }
  : Partial<Record<never, never>> extends T
    ? { readonly [P in K]?: T | undefined }
    : { readonly [P in K]: T };

/** Parameters, query and fragment of a route's address. */
export type RouteAddress<R> = Optional<'params', ParamsOf<R>> & {
  readonly search?: Partial<SearchOf<R>> | undefined;
  readonly hash?: string | undefined;
};

/** An address or a route. */
export type Target = string | AnyRoute;

/** Options after a target: with its parameters, if it is a route that has some. */
export type TargetOptions<T, O> = T extends AnyRoute
  ? (RouteAddress<T> & O) | (Partial<Record<never, never>> extends RouteAddress<T> ? undefined : never)
  : O | undefined;

/** A target that needs no options. The compiler names the parameters that others miss. */
export type WholeTarget<T> = T extends AnyRoute
  ? Partial<Record<never, never>> extends RouteAddress<T>
    ? T
    : MissingParams<ParamsOf<T>>
  : T;

/** Stands for a route that needs parameters and is given none. Nothing is one. */
export interface MissingParams<P> {
  readonly params: P;
}

/** Returns whether to keep the page. */
export type Blocker = (to: URL) => boolean | Promise<boolean>;
/** Kind of a navigation. */
export type Kind = 'push' | 'replace' | 'move' | 'load' | 'reload';

/** A navigation in progress. */
export interface Going {
  kind: Kind;
  readonly state: unknown;
  readonly signal: AbortSignal;
  /** If set, all data is loaded, including known data. */
  stale: object | undefined;
}

/** An answer or error of a route's action. */
export interface Submission {
  readonly route: AnyRoute;
  readonly pending: boolean;
  readonly answer?: unknown;
  readonly error?: Error | undefined;
}
