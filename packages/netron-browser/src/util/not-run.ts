/**
 * Notes on an error what became of its call: `ran`, it has thrown the error itself; `unknown`, nobody can say. An error that has a field of
 * that name keeps it.
 */
export function noteOutcome<E>(error: E, outcome: 'not_run' | 'ran' | 'unknown'): E {
  if (error instanceof Error && !Object.prototype.propertyIsEnumerable.call(error, 'outcome')) {
    Reflect.defineProperty(error, 'outcome', { value: outcome, configurable: true });
  }
  return error;
}

/** Notes on an error that its call did certainly not run. */
export function markNotRun<E>(error: E): E {
  return noteOutcome(error, 'not_run');
}

/** Returns the error of a call that has failed with `before`, was made again, and has failed with `last`: it may have run the first time. */
export function afterAttempt<E>(before: unknown, last: E): E {
  return isNotRun(last) && !isNotRun(before) ? noteOutcome(last, 'unknown') : last;
}

const isNotRun = (error: unknown): boolean => (error as { outcome?: unknown } | null | undefined)?.outcome === 'not_run';
