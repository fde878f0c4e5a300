/** Messages of a session that have arrived: counts them, and tells the other end so, which then keeps them no longer. */
import { notTicking, type Ticker, type Ticking } from '../../util/ticker.js';
import { kinds } from '../../wire/packets.js';

/** The other end is told after so many messages or bytes, at the latest with the next look at the clock. */
const ackMessages = 32;
/** Bytes after which the other end is told, at least and at most: a quarter of those that it keeps. */
const [leastAckBytes, mostAckBytes] = [64 * 1024, 256 * 1024];

/** A message of at most so many bytes that begins with `ack` holds nothing else. */
const loneAck = 11;

/** Session that messages arrive for. */
export interface ArrivingSession {
  /** Whether it has a connection. */
  readonly carried: boolean;
  /** Tells the other end how many messages have arrived. */
  acknowledge(count: number): void;
}

export class Arrivals implements Ticking {
  tickerPlace = notTicking;
  /** Messages that have arrived, from the beginning of the session. */
  count = 0;
  readonly #acks: Ticker;
  readonly #session: ArrivingSession;
  /** Messages and bytes that came since the other end was told. */
  #untold = 0;
  #untoldBytes = 0;
  #ackBytes = leastAckBytes;
  /** Looked after by the clock. */
  #watched = false;

  /** @param acks looks after sessions that have to tell what has arrived */
  constructor(acks: Ticker, session: ArrivingSession) {
    this.#acks = acks;
    this.#session = session;
  }

  /** The other end keeps so many bytes before its senders wait: one that keeps many is told less often. */
  otherKeeps(bytes: number): void {
    this.#ackBytes = Math.min(mostAckBytes, Math.max(leastAckBytes, bytes / 4));
  }

  /** Counts a message. @returns its bytes, for `add`; 0 when the other end need not be told of it */
  arrived(message: Uint8Array): number {
    this.count += 1;
    const { length } = message;
    return length <= loneAck && ((message[0] as number) & 0x1f) === kinds.ack ? 0 : length;
  }

  /** The link has had a message: the other end is told at once, or soon. @param bytes as `arrived` has returned them */
  add(bytes: number): void {
    if (bytes === 0) return;
    this.#untold += 1;
    this.#untoldBytes += bytes;
    if (this.#untold >= ackMessages || this.#untoldBytes >= this.#ackBytes) this.#tell();
    else if (!this.#watched) {
      this.#watched = true;
      this.#acks.add(this);
    }
  }

  /** The other end knows how many have arrived. */
  told(): void {
    this.#untold = 0;
    this.#untoldBytes = 0;
  }

  tick(): boolean {
    this.#watched = false;
    if (this.#untold > 0 && this.#session.carried) this.#tell();
    return false;
  }

  /** Tells nothing more. */
  close(): void {
    this.#acks.remove(this);
  }

  #tell(): void {
    this.told();
    this.#session.acknowledge(this.count);
  }
}
