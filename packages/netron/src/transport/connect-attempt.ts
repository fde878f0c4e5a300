import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { checkSignal } from '../util/check.js';
import type { ConnectOptions } from './transport.js';

/** Callbacks of an attempt to connect; the first call counts. */
export interface Attempt<T> {
  readonly done: (connection: T) => void;
  readonly failed: (error: NetronError) => void;
}

/**
 * Runs one attempt to connect, with the time limit and the signal of `options`.
 *
 * @param address for error messages
 * @param begin starts the attempt; returns a function that cancels it, which is called at most once
 * @throws NetronError `deadline_exceeded`, `canceled`, or the error of the attempt
 */
export function connectAttempt<T>(
  address: string,
  options: ConnectOptions,
  begin: (attempt: Attempt<T>) => () => void,
): Promise<T> {
  const { timeout = 10_000, signal, clock = systemClock } = options;
  checkSignal(signal);
  const canceled = () => new NetronError('canceled', `connecting to ${address} was canceled`, { cause: signal?.reason });
  if (signal?.aborted) return Promise.reject(canceled());
  return new Promise<T>((resolve, reject) => {
    let settled = false;
    let giveUp: (() => void) | undefined;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const abandon = (error: NetronError) => {
      if (!settle()) return;
      reject(error);
      giveUp?.();
    };
    const onAbort = () => abandon(canceled());
    const timer = clock.setTimeout(
      () => abandon(new NetronError('deadline_exceeded', `no answer from ${address} within ${timeout} ms`)),
      timeout,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      giveUp = begin({
        done: (connection) => {
          if (settle()) resolve(connection);
        },
        failed: (error) => {
          if (settle()) reject(error);
        },
      });
    } catch (error) {
      if (settle()) reject(NetronError.from(error, 'invalid_argument'));
    }
  });
}
