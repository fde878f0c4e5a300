import type { AbstractClass, InjectionToken, Token } from './token.js';

/** Where a dependency is looked for. */
export interface InjectOptions {
  /** Gives `undefined` instead of failing when nobody provides the token. */
  readonly optional?: boolean;
  /** Looks only into the container (and module) the asker lives in, not into its parents. */
  readonly self?: boolean;
  /** Starts the search at the parent container. */
  readonly skipSelf?: boolean;
}

/** A dependency that may be missing. Made by {@link optional}. */
export interface OptionalDependency<T> extends InjectOptions {
  readonly token: Reference<T>;
  readonly optional: true;
}

/** A dependency created when it is first called for. Made by {@link lazy}. */
export interface LazyDependency<T> {
  readonly token: () => InjectionToken<T>;
  readonly lazy: true;
}

/** What a lazy dependency is injected as: a function that gives the instance, creating it when it has to. */
export type Lazy<T> = () => T;

/** A token, or an arrow function that gives one which is not defined yet (a forward reference). */
export type Reference<T = unknown> = InjectionToken<T> | (() => InjectionToken<T>);

/** Whatever may stand in `static inject`, `deps` and `@Inject()`. */
export type Dependency<T = unknown> = Reference<T> | OptionalDependency<T> | LazyDependency<T>;

/** The type a dependency is injected as. */
export type Injected<D> = D extends { readonly lazy: true; readonly token: () => infer R }
  ? Lazy<Injected<R>>
  : D extends { readonly optional: true; readonly token: infer R }
    ? Injected<R> | undefined
    : D extends AbstractClass<infer T>
      ? T
      : D extends Token<infer T>
        ? T
        : D extends () => infer R
          ? Injected<R>
          : never;

/** The types a list of dependencies is injected as. */
export type InjectedAll<D extends readonly unknown[]> = { -readonly [K in keyof D]: Injected<D[K]> };

/** A dependency with wishes attached. */
export class Wish implements InjectOptions {
  declare readonly optional?: boolean;
  declare readonly self?: boolean;
  declare readonly skipSelf?: boolean;
  declare readonly lazy?: boolean;
  readonly token: unknown;

  constructor(token: unknown, options: InjectOptions & { lazy?: boolean }) {
    Object.assign(this, options);
    this.token = token;
  }
}

/**
 * Injects `undefined` when nobody provides `token`.
 *
 * @param options where to look
 */
export function optional<T>(token: Reference<T>, options?: Omit<InjectOptions, 'optional'>): OptionalDependency<T> {
  return new Wish(token, { ...options, optional: true }) as unknown as OptionalDependency<T>;
}

/**
 * Injects a function that gives the instance when called: for two providers that need each other, and for what is
 * expensive and seldom needed. The target is checked with the rest of the graph.
 *
 * @param token an arrow function, so that the class may be defined later in the file
 */
export function lazy<T>(token: () => InjectionToken<T>): LazyDependency<T> {
  return new Wish(token, { lazy: true }) as unknown as LazyDependency<T>;
}

/** Follows a forward reference: only arrow functions have no `prototype`. */
export function follow(reference: unknown): unknown {
  return typeof reference === 'function' && !reference.prototype ? reference() : reference;
}
