/** Renewal of the identity that this node has at another, before it ends. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { isFinal } from './final-error.js';
import { later, nothing } from './identity.js';

/** Milliseconds before its end an identity is renewed, when its life is long; and between two attempts at most. */
const latest = 30_000;
/** Milliseconds between two attempts at least. */
const soonest = 1_000;

export class Renewal {
  readonly #clock: Clock;
  readonly #renew: () => Promise<void>;
  readonly #peer: { reportError(error: unknown): void };
  /** Ends the wait for the next attempt. */
  #end: () => void = nothing;

  /**
   * @param renew shows the credentials again
   * @param peer told whenever that fails
   */
  constructor(clock: Clock, renew: () => Promise<void>, peer: { reportError(error: unknown): void }) {
    this.#clock = clock;
    this.#renew = renew;
    this.#peer = peer;
  }

  /**
   * Renews when four fifths of the time are over; of long times half a minute before the end. Again and again, also after the end,
   * as long as no attempt has failed for good: the credentials, or the other end, may be away for a while.
   */
  schedule(expiresInMs: number | undefined): void {
    this.stop();
    if (expiresInMs === undefined || !(expiresInMs >= 0) || expiresInMs === Infinity) return;
    this.#attempt(Math.max(expiresInMs * 0.8, expiresInMs - latest), soonest);
  }

  /** Ends the waiting; an attempt that is under way is the last. */
  stop(): void {
    this.#end();
    this.#end = nothing;
  }

  /** @param pause milliseconds until the next attempt, should this one find an outage */
  #attempt(wait: number, pause: number): void {
    const end = later(this.#clock, wait, () => {
      this.#renew().catch((error: unknown) => {
        this.#peer.reportError(error);
        if (this.#end !== end || isFinal(error)) return;
        const asked = NetronError.is(error) ? (error.retryAfterMs ?? 0) : 0;
        this.#attempt(Math.max(pause, asked), Math.min(2 * pause, latest));
      });
    });
    this.#end = end;
  }
}
