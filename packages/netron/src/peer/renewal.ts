/** Renews the identity of this node at another before it expires. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { isFinal } from './final-error.js';
import { later, nothing } from './identity.js';

/** Milliseconds before its expiry at which a long-lived identity is renewed; also the longest pause between two attempts. */
const latest = 30_000;
/** Shortest pause between two attempts, in milliseconds. */
const soonest = 1_000;

export class Renewal {
  readonly #clock: Clock;
  readonly #renew: () => Promise<void>;
  readonly #peer: { reportError(error: unknown): void };
  /** Ends the wait for the next attempt. */
  #end: () => void = nothing;

  /**
   * @param renew sends the credentials again
   * @param peer receives each failure
   */
  constructor(clock: Clock, renew: () => Promise<void>, peer: { reportError(error: unknown): void }) {
    this.#clock = clock;
    this.#renew = renew;
    this.#peer = peer;
  }

  /**
   * Renews the identity after four fifths of its life, or half a minute before the expiry of a long one. Retries, also after the expiry,
   * until an attempt fails for good: the source of credentials or the other end may be unavailable for a while.
   */
  schedule(expiresInMs: number | undefined): void {
    this.stop();
    if (expiresInMs === undefined || !(expiresInMs >= 0) || expiresInMs === Infinity) return;
    this.#attempt(Math.max(expiresInMs * 0.8, expiresInMs - latest), soonest);
  }

  /** Stops waiting; an attempt in progress is the last. */
  stop(): void {
    this.#end();
    this.#end = nothing;
  }

  /** @param pause milliseconds until the next attempt when this one meets an outage */
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
