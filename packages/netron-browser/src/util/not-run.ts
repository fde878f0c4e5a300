import { withOutcome } from '@omnitron-dev/netron/http/client';

/** Marks an error to say that its call certainly did not run. */
export function markNotRun<E>(error: E): E {
  return withOutcome(error, 'not_run');
}
