/** Whether a failed call ran: recorded beside the error's code, because methods may use the codes themselves. */

/** `not_run`: the method did not begin, so a retry is safe. `ran`: it threw the error itself. `unknown`: neither is certain. */
export type CallOutcome = 'not_run' | 'ran' | 'unknown';

/** Records on an error whether its call ran. An error that cannot hold it, or uses the name itself, is left unchanged. */
export function withOutcome<T>(error: T, outcome: CallOutcome): T {
  try {
    if (!(error instanceof Error) || Object.prototype.propertyIsEnumerable.call(error, 'outcome')) return error;
    Reflect.defineProperty(error, 'outcome', { value: outcome, enumerable: false, writable: true, configurable: true });
  } catch {
    // A proxy may throw on any operation.
  }
  return error;
}

/** Returns whether the call that failed with `error` ran; `undefined` when it is not the error of a call. */
export function outcomeOf(error: unknown): CallOutcome | undefined {
  try {
    if (!(error instanceof Error) || Object.prototype.propertyIsEnumerable.call(error, 'outcome')) return undefined;
    const { outcome } = error as { outcome?: unknown };
    return outcome === 'not_run' || outcome === 'ran' || outcome === 'unknown' ? outcome : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the error of a call that failed with `before`, was retried and failed with `last`: it may have run the first time. */
export function afterAttempt<T>(before: unknown, last: T): T {
  return outcomeOf(last) === 'not_run' && outcomeOf(before) !== 'not_run' ? withOutcome(last, 'unknown') : last;
}

/**
 * Whether a call with an idempotency key has run and failed: its callee answers each retry under the same key with the same error.
 *
 * @param key `undefined` when the call has none
 */
export function endedUnder(key: string | undefined, error: unknown): boolean {
  return key !== undefined && outcomeOf(error) === 'ran';
}
