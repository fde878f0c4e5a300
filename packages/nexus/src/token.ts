/** What a class instance is asked for by. Covers abstract classes, which can be tokens but not providers. */
export type AbstractClass<T = unknown> = abstract new (...args: never[]) => T;

/** A class the container can create. */
export type Class<T = unknown> = new (...args: never[]) => T;

declare const type: unique symbol;

/**
 * Names something that has no class: an interface, a value, a function. Unique by identity:
 * two tokens of one description never meet.
 */
export interface Token<T> {
  /** Shown in errors and graphs; not the identity. */
  readonly description: string;
  /** Carries `T` for the compiler; never there at run time. */
  readonly [type]?: T;
}

/** What `get` and `inject` accept, and what they infer `T` from. */
export type InjectionToken<T = unknown> = AbstractClass<T> | Token<T>;

/**
 * Creates a token for values of type `T`. For several providers under one token (`multi`), let `T` be an array.
 *
 * @param description shown in errors and graphs
 */
export function createToken<T>(description: string): Token<T> {
  return Object.freeze({ description });
}

/** A token (or module) as errors and graphs show it: the class's name, or the description in quotes. */
export function nameOf(token: unknown): string {
  return typeof token === 'function'
    ? token.name || 'anonymous class'
    : `"${(token as Partial<Token<unknown>>)?.description ?? (token as { id?: string })?.id ?? token}"`;
}
