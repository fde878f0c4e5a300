/** Waits for the network, or until functions of the program work again. */
import { type Clock, NetronError, random } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import { orAborted } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';

const firstDelay = 1_000;
const longestDelay = 60_000;

export class RetryTimer {
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #wakers = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(clock: Clock, activity: Activity) {
    this.#clock = clock;
    this.#activity = activity;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Ends all pauses: the network may be back. */
  wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  close(): void {
    this.#closing.abort(markNotRun(new NetronError('unavailable', 'the peer is closed')));
    this.wake();
  }

  /** Waits for the network, or for a time that grows with the failures. */
  pause(failures: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: unknown;
      const go = () => {
        this.#clock.clearTimeout(timer);
        this.#wakers.delete(go);
        resolve();
      };
      this.#wakers.add(go);
      if (!this.#activity.online) return;
      const delay = Math.min(longestDelay, firstDelay * 2 ** Math.max(0, failures - 1));
      timer = this.#clock.setTimeout(go, delay * (0.5 + random() / 2), true);
    });
  }

  /** Waits for work that may never settle. Fails with `unavailable` once this is closed. */
  unlessClosed<T>(work: Promise<T>): Promise<T> {
    return orAborted(work, this.#closing.signal);
  }

  /**
   * Retries work that depends on the network or on the program until it succeeds: a failing source of tokens or a busy storage is no
   * failure of the stored calls.
   *
   * @param work returns `undefined` when there is no result yet
   * @param failures number of failures so far
   * @returns `undefined` once this is closed
   */
  async untilDone<T>(work: () => Promise<T | undefined>, failures = 0): Promise<T | undefined> {
    for (let failed = failures; !this.closed; failed++) {
      if (failed > 0) await this.pause(failed);
      if (this.closed) return undefined;
      try {
        const done = await this.unlessClosed(work());
        if (done !== undefined) return this.closed ? undefined : done;
      } catch {
        // Callers that ask directly, as `list` does, receive the error.
      }
    }
    return undefined;
  }
}
