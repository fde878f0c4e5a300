/** Counts the messages of a session that have arrived, and acknowledges them, so that the other end need not keep them. */
import { notTicking, type Ticker, type Ticking } from '../../util/ticker.js';
import { kinds } from '../../wire/packets.js';

/** Number of messages after which they are acknowledged; also after a number of bytes, and at the latest at the next tick. */
const ackMessages = 32;
/** Bytes after which messages are acknowledged, at least and at most: a quarter of what the other end keeps. */
const [leastAckBytes, maxAckBytes] = [64 * 1024, 256 * 1024];

/** A message of at most this many bytes that begins with `ack` contains nothing else. */
const loneAck = 11;

/** The session that messages arrive for. */
export interface ArrivingSession {
  /** Whether it has a connection. */
  readonly carried: boolean;
  /** Tells the other end how many messages have arrived. */
  acknowledge(count: number): void;
}

export class Arrivals implements Ticking {
  tickerPlace = notTicking;
  /** Number of messages received since the start of the session. */
  count = 0;
  readonly #acks: Ticker;
  readonly #session: ArrivingSession;
  /** Messages and bytes received since the last acknowledgment. */
  #unacked = 0;
  #unackedBytes = 0;
  #ackBytes = leastAckBytes;
  /** Whether the ticker watches it. */
  #watched = false;

  /** @param acks watches sessions with messages to acknowledge */
  constructor(acks: Ticker, session: ArrivingSession) {
    this.#acks = acks;
    this.#session = session;
  }

  /** Sets the bytes that the other end keeps before its senders wait: one that keeps many gets fewer acknowledgments. */
  otherKeeps(bytes: number): void {
    this.#ackBytes = Math.min(maxAckBytes, Math.max(leastAckBytes, bytes / 4));
  }

  /** Counts a message. @returns its bytes, for `add`; 0 when it needs no acknowledgment */
  arrived(message: Uint8Array): number {
    this.count += 1;
    const { length } = message;
    return length <= loneAck && ((message[0] as number) & 0x1f) === kinds.ack ? 0 : length;
  }

  /** Acknowledges messages that the link has received, at once or soon. @param bytes as returned by `arrived` */
  add(bytes: number): void {
    if (bytes === 0) return;
    this.#unacked += 1;
    this.#unackedBytes += bytes;
    if (this.#unacked >= ackMessages || this.#unackedBytes >= this.#ackBytes) this.#acknowledge();
    else if (!this.#watched) {
      this.#watched = true;
      this.#acks.add(this);
    }
  }

  /** Notes that the other end knows the count. */
  acknowledged(): void {
    this.#unacked = 0;
    this.#unackedBytes = 0;
  }

  tick(): boolean {
    this.#watched = false;
    if (this.#unacked > 0 && this.#session.carried) this.#acknowledge();
    return false;
  }

  /** Stops acknowledging. */
  close(): void {
    this.#acks.remove(this);
  }

  #acknowledge(): void {
    this.acknowledged();
    this.#session.acknowledge(this.count);
  }
}
