/** Waiting for a service that no node has yet. */
import { NetronError } from '../errors/netron-error.js';
import { checkSignal } from '../util/check.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { ServiceInfo } from './node-info.js';

/** Options of `netron.discovery.waitForService`. */
export interface WaitOptions {
  /** Milliseconds until it rejects. Default 10,000. */
  readonly timeout?: number;
  /** Cancels the wait. */
  readonly signal?: AbortSignal;
}

const names: OptionNames<WaitOptions> = { timeout: true, signal: true };

/** Watches a query: calls back with the services that match, and calls `ended` when nothing more follows. Returns a function that ends this. */
type Watch = (callback: (services: readonly ServiceInfo[]) => void, ended: () => void) => () => void;

/**
 * Checks the options of a wait.
 *
 * @throws RangeError for a `timeout` that is not a number of milliseconds; TypeError for unknown options and an invalid signal
 */
export function readWaitOptions(options: WaitOptions): { timeout: number; signal: AbortSignal | undefined } {
  checkOptions('waitForService', options, names);
  const { timeout = 10_000, signal } = options;
  checkNumbers('waitForService', { timeout }, 'a non-negative number');
  checkSignal(signal);
  return { timeout, signal };
}

/** Resolves with the first list that is not empty. */
export function firstServices(
  watch: Watch,
  name: string,
  { timeout, signal }: ReturnType<typeof readWaitOptions>,
  clock: Clock,
): Promise<readonly ServiceInfo[]> {
  return new Promise((resolve, reject) => {
    let timer: unknown;
    let unlink = (): void => {};
    const end = (): void => {
      unwatch();
      unlink();
      clock.clearTimeout(timer);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const unwatch = watch(
      (services) => {
        if (services.length === 0) return;
        end();
        resolve(services);
      },
      () => fail(new NetronError('unavailable', `discovery stopped while waiting for service '${name}'`)),
    );
    const late = (): NetronError => new NetronError('deadline_exceeded', `no node with service '${name}' within ${timeout} ms`);
    if (timeout < Infinity) timer = clock.setTimeout(() => fail(late()), timeout);
    if (signal !== undefined)
      unlink = onAbort(signal, (cause) =>
        fail(new NetronError('canceled', `the wait for service '${name}' was canceled`, { cause })),
      );
  });
}
