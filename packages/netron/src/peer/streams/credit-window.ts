/**
 * Flow control of one stream: how much of it may be in flight. The window grows while the consumer is faster than it: first regardless of
 * the connection, later in proportion to its latency.
 */

/** Initial credit of every stream, in bytes. Part of the protocol. */
export const initialCredit = 64 * 1024;

/** Largest window, in bytes, for a consumer that keeps up, whatever the latency. */
const maxWindow = 512 * 1024;

/** Round trip in milliseconds from which on windows grow further: over a shorter one they already carry 100 MB/s. */
const longLine = 5;

/** Bytes after which credit is given at the latest, so that a large window does not run dry. */
const maxHeld = 256 * 1024;

/** Credit that the streams of one connection share beyond their initial credit. */
export class CreditReserve {
  #left: number;

  /** @param bytes in total */
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
  /** Bytes consumed since the last credit. */
  #consumed = 0;
  /** Bytes consumed since the rate was last measured, and the time of that. */
  #seen = 0;
  #since: number | undefined;

  constructor(reserve: CreditReserve) {
    this.#reserve = reserve;
  }

  /** Bytes that may be in flight. */
  get size(): number {
    return this.#size;
  }

  /** Counts `bytes` as consumed. @returns whether it is time for `grant` */
  consume(bytes: number): boolean {
    this.#consumed += bytes;
    return this.#consumed >= Math.min(this.#size / 2, maxHeld);
  }

  /**
   * Returns the credit to give: the consumed bytes, and more when the window grows.
   *
   * @param starved whether the consumer waits because nothing of the stream is buffered
   * @param now in monotonic milliseconds
   * @param roundTrip of the connection in milliseconds, without queued data; `undefined` while unknown
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
    // A window that is used up within one or two round trips limits the throughput.
    const long = roundTrip !== undefined && roundTrip >= longLine;
    return long && rate * roundTrip * 2 > this.#size ? consumed + this.#grow() : consumed;
  }

  /** Returns the additional credit of the window: the stream has ended. */
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
