import { TitanError } from '../errors/titan-error.js';
import { OutOfTime, within } from '../util/deadline.js';

/**
 * Waits for a step of a start, at most `ms` milliseconds.
 *
 * @param name what is waited for, for the message
 * @throws TitanError `start_failed` when it takes longer; what the step throws
 */
export async function startStep<T>(name: string, ms: number, step: () => T | Promise<T>): Promise<T> {
  try {
    return await within(ms, step);
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    throw new TitanError('start_failed', `${name} failed to start: ${error.message}`, { cause: error });
  }
}
