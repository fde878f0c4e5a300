/**
 * How much of one stream may be on the way: receives what its consumer takes, answers with the credit to give. The window
 * grows while the consumer is faster than it: at first whatever the line is like, later as far as the line is long.
 */

/** Credit every stream starts with, in bytes. Part of the protocol. */
export const initialCredit = 64 * 1024;

/** Windows grow so far for every consumer that keeps up, in bytes. */
const maxWindow = 512 * 1024;

/** Milliseconds of a round trip from which on they grow further: over a shorter line they carry 100 MB/s already. */
const longLine = 5;

/** Credit is given at the latest after so many bytes, so that a large window does not run dry. */
const mostHeld = 256 * 1024;

/** Credit that the streams of one connection share besides their first credit. */
export class CreditReserve {
  #left: number;

  /** @param bytes in all */
  constructor(bytes: number) {
    this.#left = Math.max(0, bytes);
  }

  /** Takes up to `bytes`. */
  take(bytes: number): number {
    const granted = Math.min(bytes, this.#left);
    this.#left -= granted;
    return granted;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export class CreditWindow {
  readonly #reserve: CreditReserve;
  #size = initialCredit;
  /** Consumed since the last credit. */
  #consumed = 0;
  /** Consumed since a rate was last looked at, and since when. */
  #seen = 0;
  #since: number | undefined;

  constructor(reserve: CreditReserve) {
    this.#reserve = reserve;
  }

  /** Bytes that may be on the way. */
  get size(): number {
    return this.#size;
  }

  /** The consumer has taken `bytes`. @returns whether it is time for `grant` */
  consume(bytes: number): boolean {
    this.#consumed += bytes;
    return this.#consumed >= Math.min(this.#size / 2, mostHeld);
  }

  /**
   * Returns the credit to give: what was consumed, and more when the window grows.
   *
   * @param starved the consumer waits: nothing of the stream is left here
   * @param now in monotonic milliseconds
   * @param roundTrip of the line, in milliseconds, without what waits on it; `undefined` while it is not known
   */
  grant(starved: boolean, now: number, roundTrip: number | undefined): number {
    const consumed = this.#consumed;
    this.#consumed = 0;
    this.#seen += consumed;
    this.#since ??= now;
    if (!starved) return consumed;
    if (this.#size < maxWindow) return consumed + this.#grow();
    if (this.#seen < this.#size) return consumed;
    const rate = this.#seen / Math.max(now - this.#since, 0.001);
    this.#seen = 0;
    this.#since = now;
    // A window that is used up within a round trip or two is what holds the stream up.
    const long = roundTrip !== undefined && roundTrip >= longLine;
    return long && rate * roundTrip * 2 > this.#size ? consumed + this.#grow() : consumed;
  }

  /** The stream has ended: gives back what the window has grown by. */
  close(): void {
    this.#reserve.give(this.#size - initialCredit);
    this.#size = initialCredit;
  }

  #grow(): number {
    const more = this.#reserve.take(this.#size);
    this.#size += more;
    return more;
  }
}
