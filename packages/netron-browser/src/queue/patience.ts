/** Waiting for the network, or for what the program has given to work again. */
import { type Clock, NetronError, random } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import { orAborted } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';

const firstDelay = 1_000;
const longestDelay = 60_000;

export class Patience {
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

  /** The network may be back: ends all pauses. */
  wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  close(): void {
    this.#closing.abort(markNotRun(new NetronError('unavailable', 'the peer is closed')));
    this.wake();
  }

  /** Waits for the network, or for a while that grows. */
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

  /** Waits for what may never come, until this is closed: then it fails with `unavailable`. */
  unlessClosed<T>(work: Promise<T>): Promise<T> {
    return orAborted(work, this.#closing.signal);
  }

  /**
   * Does what depends on the network, or on what the program has given, until it succeeds: a source of tokens that fails and a storage that
   * is busy say nothing of what is stored.
   *
   * @param work `undefined` for none yet
   * @param failures how often it has failed before
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
        // Those who ask for it themselves, as `list` does, are told.
      }
    }
    return undefined;
  }
}
