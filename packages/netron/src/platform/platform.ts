/** Parts that both platforms share. */

/** Milliseconds of the longest timer, 24 days: those of JavaScript cannot count further, and would end at once. */
export const longestDelay = 2 ** 31 - 1;

/** A value that follows synchronous and, where the platform can, asynchronous work. */
export interface CallStorage<T> {
  get(): T | undefined;
  /** Calls `action(argument)` with `value` current. */
  run<A, R>(value: T | undefined, action: (argument: A) => R, argument: A): R;
  /** Makes `value` current for the rest of the running synchronous work and what follows from it. */
  enter(value: T | undefined): void;
}

/** Ends what was traced. */
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
