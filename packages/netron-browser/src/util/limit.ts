/** The end of one caller's patience: a time, a signal, or both. */
import { type Clock, NetronError, onAbort } from '@omnitron-dev/netron/http/client';
import { leaving } from './flight.js';

export class TimeLimit {
  readonly #clock: Clock;
  readonly #ms: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #what: string;
  #controller: AbortController | undefined;
  #timer: unknown;
  #leave: (() => void) | undefined;

  /**
   * @param ms `undefined` for none
   * @param what is named in the error
   */
  constructor(clock: Clock, ms: number | undefined, signal: AbortSignal | undefined, what: string) {
    this.#clock = clock;
    this.#ms = ms;
    this.#signal = signal;
    this.#what = what;
  }

  /** A signal that is aborted by a `NetronError` when the time is over, or with the caller's signal. */
  start(): AbortSignal | undefined {
    if (this.#ms === undefined || this.#ms === Number.POSITIVE_INFINITY) return this.#signal;
    const controller = new AbortController();
    this.#controller = controller;
    this.restart();
    if (this.#signal !== undefined) this.#leave = onAbort(this.#signal, (reason) => controller.abort(reason));
    return controller.signal;
  }

  /** Lets the time of a limit that was started and has ended begin anew, without the caller's signal. */
  restart(): void {
    const [controller, ms] = [this.#controller, this.#ms as number];
    if (controller === undefined) return;
    this.#timer = this.#clock.setTimeout(() => controller.abort(timedOut(this.#what, ms)), ms);
  }

  /** @param over settles when the signal need not be aborted with the caller's any more: only the time no longer counts. Default: now */
  end(over?: Promise<unknown>): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    const leave = () => this.#leave?.();
    if (over === undefined) leave();
    else over.then(leave, leave);
  }
}

/**
 * Waits for what a program does, as long as `signal` lets it.
 *
 * @throws NetronError what the signal is aborted with, `canceled` where that is none; what `work` fails with
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = onAbort(signal, (reason) => reject(leaving(reason)));
    work.then(resolve, reject).finally(leave);
  });
}

/** Waits for something as long as one call may take. */
export type Wait = <T>(work: Promise<T>) => Promise<T>;

/** Waits for what a program does, as long as a limit lets it. Fails as `orAborted` does. */
export async function within<T>(work: Promise<T>, limit: TimeLimit): Promise<T> {
  const signal = limit.start();
  try {
    return await (signal === undefined ? work : orAborted(work, signal));
  } finally {
    limit.end();
  }
}

/** @throws TypeError when `value` is no number of milliseconds */
export function milliseconds(value: number, what: string): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new TypeError(`${what} is a number of milliseconds from 0, not ${String(value)}`);
}

/** @throws TypeError when `value` is no number of milliseconds above 0: what is repeated without a pause would leave time for nothing else */
export function interval(value: number, what: string): number {
  if (milliseconds(value, what) > 0) return value;
  throw new TypeError(`${what} is a number of milliseconds above 0`);
}

function timedOut(what: string, ms: number): NetronError {
  return new NetronError('deadline_exceeded', `${what} took longer than ${ms} ms`);
}
