/** Parts that both platforms share. */

/** Longest delay of a timer in milliseconds, 24 days: JavaScript fires timers with a longer delay at once. */
export const longestDelay = 2 ** 31 - 1;

/** A value that follows synchronous and, where the platform supports it, asynchronous work. */
export interface CallStorage<T> {
  get(): T | undefined;
  /** Calls `action(argument)` with `value` current. */
  run<A, R>(value: T | undefined, action: (argument: A) => R, argument: A): R;
  /** Makes `value` current for the rest of the running synchronous work and what follows from it. */
  enter(value: T | undefined): void;
}

/** Ends a trace. */
export type EndTrace = (error?: unknown) => void;

/** A tracing channel; publishing while not `active` is harmless. */
export interface Tracing {
  readonly active: boolean;
  /** Publishes `start` and runs `action` with the stores that are bound to it. */
  run<R>(context: object, action: () => R): R;
  start(context: object): void;
  end(context: object): void;
  asyncEnd(context: object): void;
  error(context: object): void;
}
