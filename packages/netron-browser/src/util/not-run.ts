import { withOutcome } from '@omnitron-dev/netron/http/client';

/** Notes on an error that its call did certainly not run. */
export function markNotRun<E>(error: E): E {
  return withOutcome(error, 'not_run');
}
