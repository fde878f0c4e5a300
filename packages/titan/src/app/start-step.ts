import { thrownText } from '@omnitron-dev/netron';
import { NexusError } from '@omnitron-dev/nexus';
import { TitanError } from '../errors/titan-error.js';
import { within } from '../util/deadline.js';

/**
 * Waits for a step of a start, at most `ms` milliseconds.
 *
 * @param name name of the step, for the message
 * @throws TitanError `start_failed` with name, time and cause when it fails or times out; errors of Nexus and Titan pass unchanged
 */
export async function startStep<T>(name: string, ms: number, step: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await within(ms, step);
  } catch (error) {
    if (NexusError.is(error) || TitanError.is(error)) throw error;
    throw startFailure(name, began, error);
  }
}

/** Creates the error of a failed step: its name, the seconds that it took, and the cause. */
export function startFailure(name: string, began: number, cause: unknown): TitanError {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return new TitanError('start_failed', `${name} failed to start after ${seconds} s: ${thrownText(cause)}`, { cause });
}
