/** Identity of a peer, as returned by `authenticate`, and its expiry. */
import { longestDelay } from '#platform';
import type { Clock } from '../util/clock.js';
import { sameIdentity } from './same-identity.js';

/** Result of `authenticate`. */
export interface Authenticated {
  readonly identity: unknown;
  /** Milliseconds until the identity expires; `undefined` for no end. */
  readonly expiresInMs: number | undefined;
}

/** Does nothing; stands for a timer that was never started. */
export const nothing = (): void => {};

/** Calls `action` after `ms` milliseconds, however many. Returns a function that cancels it. */
export function later(clock: Clock, ms: number, action: () => void): () => void {
  let timer: unknown;
  const wait = (left: number): void => {
    timer = clock.setTimeout(
      () => (left > longestDelay ? wait(left - longestDelay) : action()),
      Math.min(left, longestDelay),
      true,
    );
  };
  wait(ms);
  return () => clock.clearTimeout(timer);
}

export class PeerIdentity {
  readonly #clock: Clock;
  readonly #changed: (now: unknown) => void;
  #value: unknown = undefined;
  #stop: () => void = nothing;

  /** @param changed called when the identity has become that of another caller or anonymous */
  constructor(clock: Clock, changed: (now: unknown) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get value(): unknown {
    return this.#value;
  }

  /**
   * Replaces the identity. When it expires, the peer becomes anonymous.
   *
   * @throws RangeError when `expiresInMs` is not a number from 0
   */
  set({ identity, expiresInMs }: Authenticated): void {
    if (expiresInMs !== undefined && (typeof expiresInMs !== 'number' || !(expiresInMs >= 0)))
      throw new RangeError(`expiresInMs must be a non-negative number, not ${String(expiresInMs)}`);
    const before = this.#value;
    this.#stop();
    this.#value = identity;
    if (expiresInMs !== undefined && expiresInMs < Infinity && identity !== undefined) {
      const end = (): void => this.set({ identity: undefined, expiresInMs: undefined });
      this.#stop = later(this.#clock, Math.max(0, expiresInMs), end);
    }
    if (before !== identity && !sameIdentity(before, identity)) this.#changed(identity);
  }

  /** Stops the timer: the peer has closed. */
  close(): void {
    this.#stop();
  }
}
