import { TitanError } from '../errors/titan-error.js';

/** A step that did not end in time. */
export class OutOfTime extends Error {
  override name = 'OutOfTime';
}

/**
 * Runs a step and waits for it, at most `ms` milliseconds. What it does afterwards is not waited for; a failure then is left alone.
 *
 * @throws what the step throws, or `OutOfTime`
 */
export async function within<T>(ms: number, step: () => T | Promise<T>): Promise<T> {
  const running = Promise.resolve(step());
  if (!Number.isFinite(ms)) return running;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime(`did not end within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    running.catch(() => {});
  }
}

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
