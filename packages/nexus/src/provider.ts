import type { AbstractClass, Class, Dependency, InjectedAll, InjectionToken, Token } from './token.js';

/**
 * Lifetime of an instance:
 *
 * - `singleton` (default): one per container in which the provider is registered
 * - `transient`: a new one for each request; the requester owns it, and the container does not dispose it
 * - `module`: one for each module (or container) that requests it
 * - `request`: one per request scope
 */
export type Scope = 'singleton' | 'transient' | 'module' | 'request';

/** Kind of a provider; `seed` and `container` receive their value from outside, `multi` is a list, `lazy` a function that returns an instance. */
export type Kind = 'class' | 'factory' | 'value' | 'existing' | 'multi' | 'seed' | 'container' | 'lazy';

/** Options of every provider object. */
export interface ProviderOptions<T = unknown> {
  /** Default: the scope of `@Injectable()`, or else `singleton`. */
  readonly scope?: Scope;
  /** Adds to a list instead of being the only provider; the type of the token is an array. */
  readonly multi?: boolean;
  /** Replaces an earlier provider of the token instead of failing with `duplicate`. */
  readonly override?: boolean;
  /** Called once, at registration; `false` skips the provider. */
  readonly when?: () => boolean;
  /** Called at disposal instead of the instance's own `Symbol.asyncDispose`, `Symbol.dispose` or `onDispose`. */
  readonly onDispose?: (instance: T) => unknown;
}

/** Creates a class for a token. Without `useClass` the token itself is the class. */
export interface ClassProvider<T = unknown> extends ProviderOptions<never> {
  readonly provide: InjectionToken<T>;
  readonly useClass: Class;
}

/** Provides a value. The container does not own it: it is disposed only with an `onDispose`. */
export interface ValueProvider<T = unknown> extends ProviderOptions<never> {
  readonly provide: InjectionToken<T>;
  readonly useValue: unknown;
}

/** Calls a function with its dependencies. A promise is awaited; request such a provider with `getAsync`. */
export interface FactoryProvider<T = unknown> extends ProviderOptions<never> {
  readonly provide: InjectionToken<T>;
  readonly useFactory: (...args: never[]) => unknown;
  readonly deps?: readonly Dependency[];
}

/** Returns the instance of another token. */
export interface ExistingProvider<T = unknown> extends ProviderOptions<never> {
  readonly provide: InjectionToken<T>;
  readonly useExisting: InjectionToken | (() => InjectionToken);
}

/** A value that each request scope receives with `scope.set(token, value)`. */
export interface SeedProvider<T = unknown> extends ProviderOptions<never> {
  readonly provide: InjectionToken<T>;
  readonly scope: 'request';
}

/** Everything that can be registered. */
export type Provider = Class | ClassProvider | ValueProvider | FactoryProvider | ExistingProvider | SeedProvider;

/** Type of the value of one provider of `token`: an item of the list for `multi`, otherwise the whole value. */
type Given<T, P> = P extends { readonly multi: true } ? (T extends readonly (infer E)[] ? E : never) : T;
type TypeOf<K> = K extends AbstractClass<infer T> ? T : K extends Token<infer T> ? T : never;

/** A class whose `static inject`, if any, matches the constructor; otherwise a type that describes the mismatch. */
export type CheckedClass<C> = C extends { readonly inject: infer D extends readonly unknown[] }
  ? C extends abstract new (
      ...args: infer A
    ) => unknown
    ? InjectedAll<D> extends A
      ? C
      : { readonly 'static inject gives': InjectedAll<D>; readonly 'but the constructor takes': A }
    : C
  : C;

/** Accepts read-only values, too: lists of dependencies are inferred as constants, so a value may be a read-only copy of the required type. */
type Frozen<T> = T extends (...args: never[]) => unknown ? T : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

type Expect<Actual, Wanted, Message extends string> = [Actual] extends [Wanted] ? unknown : { readonly [K in Message]: Wanted };

type CheckedFactory<P, T> = P extends { readonly useFactory: (...args: infer A) => infer R }
  ? Expect<Awaited<R>, T, 'useFactory has to return'> &
      (P extends { readonly deps: infer D extends readonly unknown[] }
        ? number extends D['length']
          ? unknown
          : InjectedAll<D> extends A
            ? unknown
            : { readonly 'deps give': InjectedAll<D>; readonly 'but useFactory takes': A }
        : [] extends A
          ? unknown
          : { readonly 'deps are missing; useFactory takes': A })
  : unknown;

type CheckedObject<P, T> = (P extends { readonly useValue: infer V } ? Expect<V, Frozen<T>, 'useValue has to be'> : unknown) &
  (P extends { readonly useClass: infer C extends Class }
    ? Expect<InstanceType<C>, T, 'useClass has to create'> & { readonly useClass: CheckedClass<C> }
    : unknown) &
  (P extends { readonly useExisting: infer E }
    ? Expect<TypeOf<E extends () => infer R ? R : E>, T, 'useExisting has to give'>
    : unknown) &
  CheckedFactory<P, T> &
  (P extends { readonly onDispose: (instance: infer I) => unknown } ? Expect<T, I, 'onDispose gets'> : unknown);

/** A provider that the compiler has checked: its value matches the token, its parameters match its dependencies. */
export type Checked<P> = P extends Class
  ? CheckedClass<P>
  : P extends { readonly provide: infer K }
    ? P & CheckedObject<P, Given<TypeOf<K>, P>>
    : P;

/** {@link Checked} for every item of a list. */
export type CheckedAll<P extends readonly unknown[]> = { readonly [K in keyof P]: Checked<P[K]> };

/** A factory whose parameters are inferred from `deps`. */
export interface InferredFactory<T, D extends readonly Dependency[]> extends ProviderOptions<never> {
  readonly provide: InjectionToken<T>;
  readonly multi?: false;
  readonly deps?: D;
  readonly useFactory: (...deps: InjectedAll<D>) => NoInfer<T> | Promise<NoInfer<T>>;
  readonly onDispose?: (instance: NoInfer<T>) => unknown;
}

/** A factory provider that has been checked. */
export interface CheckedFactoryProvider<T> extends FactoryProvider<T> {
  readonly useFactory: (...args: never[]) => T | Promise<T>;
  readonly deps: readonly Dependency[];
}
