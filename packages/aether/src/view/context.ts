import { activeScope, currentScope, provide } from '../reactive/owner.js';
import type { View } from './types.js';

/** A value for everything below a component. */
export interface Context<T> {
  /** Gives the value to its children. */
  readonly Provider: (props: ContextProviderProps<T>) => View;
  /** @internal */
  readonly key: symbol;
  /** @internal */
  readonly fallback: T;
}

/** Properties of a context's `Provider`. */
export interface ContextProviderProps<T> {
  readonly value: T;
  readonly children?: View;
}

/**
 * Creates a context: a value that components provide to everything below them. To make it change, provide a signal or a
 * store.
 *
 * @param fallback the value outside of a `Provider`
 */
export function createContext<T>(fallback: T): Context<T>;
export function createContext<T>(): Context<T | undefined>;
export function createContext<T>(fallback?: T): Context<T | undefined> {
  const key = Symbol('aether.context');
  return {
    key,
    fallback,
    Provider(props) {
      provide(currentScope('Provider'), key, () => props.value);
      return () => props.children;
    },
  };
}

/**
 * Returns the value of the nearest `Provider`; an effect or a view tracks changes of it. Outside of a `Provider`, it returns
 * the fallback of `createContext`.
 */
export function useContext<T>(context: Context<T>): T {
  const value = activeScope()?.context?.[context.key] as (() => T) | undefined;
  return value === undefined ? context.fallback : value();
}
