/** Knowledge of whether a failed call ran, beside the error's code, which methods may use themselves. */

/** `not_run`: the method did not begin, so repeating is safe. `ran`: it threw the error itself. `unknown`: nobody can say. */
export type CallOutcome = 'not_run' | 'ran' | 'unknown';

/** Notes on an error what became of its call. What cannot carry it, or uses the name itself, is left as it is. */
export function withOutcome<T>(error: T, outcome: CallOutcome): T {
  try {
    if (!(error instanceof Error) || Object.prototype.propertyIsEnumerable.call(error, 'outcome')) return error;
    Reflect.defineProperty(error, 'outcome', { value: outcome, enumerable: false, writable: true, configurable: true });
  } catch {
    // A proxy may throw whatever is asked of it.
  }
  return error;
}

/** Returns what became of the call that failed with `error`; `undefined` when it is not the error of a call. */
export function outcomeOf(error: unknown): CallOutcome | undefined {
  try {
    if (!(error instanceof Error) || Object.prototype.propertyIsEnumerable.call(error, 'outcome')) return undefined;
    const { outcome } = error as { outcome?: unknown };
    return outcome === 'not_run' || outcome === 'ran' || outcome === 'unknown' ? outcome : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the error of a call that has failed with `before`, was made again, and has failed with `last`: it may have run the first time. */
export function afterAttempt<T>(before: unknown, last: T): T {
  return outcomeOf(last) === 'not_run' && outcomeOf(before) !== 'not_run' ? withOutcome(last, 'unknown') : last;
}
