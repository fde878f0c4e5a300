/** Renewal of the identity that this node has at another, before it ends. */
import type { Clock } from '../util/clock.js';
import { later, nothing } from './identity.js';

/** Milliseconds before its end an identity is renewed, when its life is long. */
const latest = 30_000;

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
