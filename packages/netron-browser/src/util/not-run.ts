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
