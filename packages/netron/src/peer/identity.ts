/** Identity of a peer, as `authenticate` has returned it, and its end. */
import type { Clock } from '../util/clock.js';
import { sameIdentity } from './same-identity.js';

/** Result of `authenticate`. */
export interface Authenticated {
  readonly identity: unknown;
  /** Milliseconds until the identity ends; `undefined` for no end. */
  readonly expiresInMs: number | undefined;
}

/** Milliseconds before its end an identity is renewed, when its life is long. */
const latest = 30_000;

/** Timers cannot count further than 24 days. */
const longest = 2 ** 31 - 1;

/** Ends what has not begun. */
const nothing = (): void => {};

/** Calls `action` after `ms`, also when a timer cannot count as far. Returns what cancels it. */
function later(clock: Clock, ms: number, action: () => void): () => void {
  let timer: unknown;
  const wait = (left: number): void => {
    timer = clock.setTimeout(() => (left > longest ? wait(left - longest) : action()), Math.min(left, longest), true);
  };
  wait(ms);
  return () => clock.clearTimeout(timer);
}

export class PeerIdentity {
  readonly #clock: Clock;
  readonly #changed: (now: unknown) => void;
  #value: unknown = undefined;
  #stop: () => void = nothing;

  /** @param changed called when the identity is now that of somebody else, or of nobody */
  constructor(clock: Clock, changed: (now: unknown) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get value(): unknown {
    return this.#value;
  }

  /** Replaces the identity. When its time is over the peer is anonymous. */
  set({ identity, expiresInMs }: Authenticated): void {
    const before = this.#value;
    this.#stop();
    this.#value = identity;
    if (expiresInMs !== undefined && expiresInMs < Infinity && identity !== undefined) {
      const end = (): void => this.set({ identity: undefined, expiresInMs: undefined });
      this.#stop = later(this.#clock, Math.max(0, expiresInMs), end);
    }
    if (before !== identity && !sameIdentity(before, identity)) this.#changed(identity);
  }

  /** The peer is gone. */
  close(): void {
    this.#stop();
  }
}

/** Renews the identity that this node has at another before it ends. */
export class Renewal {
  readonly #clock: Clock;
  readonly #renew: () => Promise<void>;
  readonly #peer: { reportError(error: unknown): void };
  /** Ends the waiting. */
  stop: () => void = nothing;

  /**
   * @param renew shows the credentials again
   * @param peer told when that fails
   */
  constructor(clock: Clock, renew: () => Promise<void>, peer: { reportError(error: unknown): void }) {
    this.#clock = clock;
    this.#renew = renew;
    this.#peer = peer;
  }

  /** Renews when four fifths of the time are over; of long times half a minute before the end. */
  schedule(expiresInMs: number | undefined): void {
    this.stop();
    if (expiresInMs === undefined || !(expiresInMs >= 0) || expiresInMs === Infinity) return;
    const wait = Math.max(expiresInMs * 0.8, expiresInMs - latest);
    this.stop = later(this.#clock, wait, () => void this.#renew().catch((error: unknown) => this.#peer.reportError(error)));
  }
}
