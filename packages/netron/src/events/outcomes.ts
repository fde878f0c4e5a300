/** Outcomes of one emission: separates results from failures, and reduces results. */

import { described } from '../util/check.js';
import type { EmitFailure } from './emit-error.js';
import type { Outcome } from './round.js';
import type { Subscriber } from './subscriber.js';

/** Returns the results, in the order of the calls, and the failures with their subscribers. */
export function sortOutcomes(
  outcomes: readonly Outcome[],
  subscribers: readonly Pick<Subscriber, 'pattern'>[],
): { readonly results: unknown[]; readonly failures: EmitFailure[] } {
  const results: unknown[] = [];
  const failures: EmitFailure[] = [];
  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'fulfilled') results.push(outcome.value);
    else failures.push({ index, pattern: subscribers[index]?.pattern ?? '', error: outcome.reason });
  });
  return { results, failures };
}

type Reducer = (sum: unknown, result: unknown) => unknown;

/** @throws TypeError when `reducer` is not a function */
export function checkedReducer(event: string, reducer: unknown): Reducer {
  if (typeof reducer !== 'function') throw new TypeError(`reducer of '${event}' must be a function, not ${described(reducer)}`);
  return reducer as Reducer;
}

/** Reduces results one after the other, awaiting each step. With an `initial` of `undefined`, starts with the first result. */
export async function fold(results: readonly unknown[], reducer: Reducer, initial: unknown): Promise<unknown> {
  const rest = [...results];
  let sum = initial === undefined ? rest.shift() : initial;
  for (const result of rest) sum = await reducer(sum, result);
  return sum;
}
