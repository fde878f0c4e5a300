import type { Copy } from './copy.js';
import type { Registry } from './registry.js';

/** Class as a token. Covers abstract classes, which can be tokens but not providers. */
export type AbstractClass<T = unknown> = abstract new (...args: never[]) => T;

/** A class the container can create. */
export type Class<T = unknown> = new (...args: never[]) => T;

declare const type: unique symbol;

/**
 * Token of a dependency that has no class: an interface, a value, a function. Unique by identity: two tokens with the same
 * description are distinct.
 */
export interface Token<T> {
  /** Shown in errors and graphs; not the identity. */
  readonly description: string;
  /** Carries `T` for the compiler; never there at run time. */
  readonly [type]?: T;
}

/** Token that `get` and `inject` accept and infer `T` from. */
export type InjectionToken<T = unknown> = AbstractClass<T> | Token<T>;

/** Key of a class's or token's default provider, used when none is registered. A registered symbol: copies of this package share it. */
export const injectable = Symbol.for('nexus.injectable');

/** Options of a token. */
export interface TokenOptions<T> {
  /**
   * Creates the value if nobody provides the token: once, in the outermost container. `inject()` works in it, until its
   * first `await`. A promise is awaited; request such a token with `getAsync`.
   */
  readonly factory: () => T | Promise<T>;
}

/**
 * Creates a token for values of type `T`. For several providers under one token (`multi`), let `T` be an array.
 *
 * @param description shown in errors and graphs
 * @param options the factory of the default value
 */
export function createToken<T>(description: string, options?: TokenOptions<NoInfer<T>>): Token<T> {
  const place = ({ container }: Registry, token: Token<T>) => {
    if (container.parent) return;
    const { registry } = container;
    if (!registry.entries.get(token)) registry.add({ provide: token, useFactory: options!.factory });
    return registry.entries.get(token);
  };
  return Object.freeze(options ? { description, [injectable]: { place } } : { description });
}

/** Returns the name of a token (or module) for errors and graphs: the class name, or the description in quotes. */
export function nameOf(token: unknown): string {
  return typeof token === 'function'
    ? token.name || 'a class'
    : `"${(token as Partial<Token<unknown>>)?.description ?? (token as { id?: string })?.id ?? token}"`;
}

/** Options of a dependency's lookup. */
export interface InjectOptions {
  /** Returns `undefined` instead of failing if nobody provides the token. */
  readonly optional?: boolean;
  /** Searches only the container (and module) of the requester, not its parents. */
  readonly self?: boolean;
  /** Starts the search at the parent container. */
  readonly skipSelf?: boolean;
}

/** A dependency that may be missing. Created by {@link optional}. */
export interface OptionalDependency<T> extends InjectOptions {
  readonly token: Reference<T>;
  readonly optional: true;
}

/** A dependency that is created on first use. Created by {@link lazy}. */
export interface LazyDependency<T> {
  readonly token: () => InjectionToken<T>;
  readonly lazy: true;
}

/** Type of a lazy dependency: a function that returns the instance, and creates it if necessary. */
export type Lazy<T> = () => T;

/** A token, or an arrow function that returns one that is not defined yet (a forward reference). */
export type Reference<T = unknown> = InjectionToken<T> | (() => InjectionToken<T>);

/** Element of `static inject` and `deps`, and argument of `@Inject()`. */
export type Dependency<T = unknown> = Reference<T> | OptionalDependency<T> | LazyDependency<T>;

/** Type of an injected dependency. */
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

/** Types of a list of injected dependencies. */
export type InjectedAll<D extends readonly unknown[]> = { -readonly [K in keyof D]: Injected<D[K]> };

/** A dependency with lookup options. */
export interface Wish extends InjectOptions {
  readonly token: unknown;
  /** Factory of the function, for a lazy dependency: programs without one do not contain it. */
  readonly later?: unknown;
  /** Copy of this package that created a lazy dependency. */
  readonly copy?: Copy;
}

/**
 * Injects `undefined` if nobody provides `token`.
 *
 * @param options where to look
 */
export function optional<T>(token: Reference<T>, options?: Omit<InjectOptions, 'optional'>): OptionalDependency<T> {
  return { ...options, token, optional: true };
}

/** Follows a forward reference: only arrow functions have no `prototype`. */
export function follow(reference: unknown): unknown {
  return typeof reference === 'function' && !reference.prototype ? reference() : reference;
}
