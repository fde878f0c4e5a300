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

export class PeerIdentity {
  readonly #clock: Clock;
  readonly #changed: (now: unknown) => void;
  #value: unknown = undefined;
  #timer: unknown;

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
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#value = identity;
    if (expiresInMs !== undefined && expiresInMs < Infinity && identity !== undefined) {
      const end = (): void => this.set({ identity: undefined, expiresInMs: undefined });
      this.#timer = this.#clock.setTimeout(end, Math.min(Math.max(0, expiresInMs), longest), true);
    }
    if (before !== identity && !sameIdentity(before, identity)) this.#changed(identity);
  }

  /** The peer is gone. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Renews the identity that this node has at another before it ends. */
export class Renewal {
  readonly #clock: Clock;
  readonly #renew: () => Promise<void>;
  readonly #peer: { reportError(error: unknown): void };
  #timer: unknown;

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
    if (expiresInMs === undefined || !(expiresInMs >= 0) || expiresInMs > longest) return;
    const wait = Math.max(expiresInMs * 0.8, expiresInMs - latest);
    this.#timer = this.#clock.setTimeout(
      () => void this.#renew().catch((error: unknown) => this.#peer.reportError(error)),
      wait,
      true,
    );
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
