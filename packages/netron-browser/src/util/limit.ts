/** The end of one caller's patience: a time, a signal, or both. */
import { type Clock, NetronError, onAbort } from '@omnitron-dev/netron/http/client';

export class TimeLimit {
  readonly #clock: Clock;
  readonly #ms: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #what: string;
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
    const ms = this.#ms;
    if (ms === undefined || ms === Number.POSITIVE_INFINITY) return this.#signal;
    const controller = new AbortController();
    this.#timer = this.#clock.setTimeout(() => controller.abort(timedOut(this.#what, ms)), ms);
    if (this.#signal !== undefined) this.#leave = onAbort(this.#signal, (reason) => controller.abort(reason));
    return controller.signal;
  }

  /** @param over settles when the signal need not be aborted with the caller's any more: only the time no longer counts. Default: now */
  end(over?: Promise<unknown>): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    const leave = () => this.#leave?.();
    if (over === undefined) leave();
    else over.then(leave, leave);
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
