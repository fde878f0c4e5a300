/** Limits of one caller's wait: a time, a signal, or both. */
import { type Clock, NetronError, onAbort } from '@omnitron-dev/netron/http/client';
import { leaving } from './flight.js';

export class TimeLimit {
  readonly #clock: Clock;
  readonly #ms: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #what: string;
  readonly #spent: number;
  #controller: AbortController | undefined;
  #timer: unknown;
  #leave: (() => void) | undefined;

  /**
   * @param ms `undefined` for no time limit
   * @param what named in the error
   * @param spent milliseconds that have passed before the start
   */
  constructor(clock: Clock, ms: number | undefined, signal: AbortSignal | undefined, what: string, spent = 0) {
    this.#clock = clock;
    this.#ms = ms;
    this.#signal = signal;
    this.#what = what;
    this.#spent = spent;
  }

  /** Returns a signal that is aborted with a `NetronError` when the time is over, or together with the caller's signal. */
  start(): AbortSignal | undefined {
    if (this.#ms === undefined || this.#ms === Number.POSITIVE_INFINITY) return this.#signal;
    const controller = new AbortController();
    this.#controller = controller;
    this.#wait(this.#ms - this.#spent);
    if (this.#signal !== undefined) this.#leave = onAbort(this.#signal, (reason) => controller.abort(reason));
    return controller.signal;
  }

  /** Restarts the time of a limit that has ended, without the caller's signal. */
  restart(): void {
    if (this.#controller !== undefined) this.#wait(this.#ms as number);
  }

  #wait(ms: number): void {
    const [controller, all] = [this.#controller, this.#ms as number];
    this.#timer = this.#clock.setTimeout(() => controller?.abort(timedOut(this.#what, all)), Math.max(0, ms));
  }

  /**
   * @param over the caller's signal still aborts the limit until this settles; only the time stops counting at once. Default: both stop at
   *   once
   */
  end(over?: Promise<unknown>): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    const leave = () => this.#leave?.();
    if (over === undefined) leave();
    else over.then(leave, leave);
  }
}

/**
 * Waits for `work` until `signal` is aborted.
 *
 * @throws NetronError the reason of the signal, or `canceled` when the reason is not a `NetronError`; the error of `work`
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = onAbort(signal, (reason) => reject(leaving(reason)));
    work.then(resolve, reject).finally(leave);
  });
}

/** Waits within the time limit of one call. */
export type Wait = <T>(work: Promise<T>) => Promise<T>;

/** Waits for `work` within a limit. Fails as `orAborted` does. */
export async function within<T>(work: Promise<T>, limit: TimeLimit): Promise<T> {
  const signal = limit.start();
  try {
    return await (signal === undefined ? work : orAborted(work, signal));
  } finally {
    limit.end();
  }
}

/** @throws TypeError when `value` is not a number of milliseconds */
export function milliseconds(value: number, what: string): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new TypeError(`${what} must be a non-negative number of milliseconds, not ${String(value)}`);
}

/**
 * @throws TypeError when `value` is not a number of milliseconds above 0: repeating without a pause would leave no time for anything else
 */
export function interval(value: number, what: string): number {
  if (milliseconds(value, what) > 0) return value;
  throw new TypeError(`${what} must be a positive number of milliseconds, not 0`);
}

function timedOut(what: string, ms: number): NetronError {
  return new NetronError('deadline_exceeded', `${what} took longer than ${ms} ms`);
}
