/** Notices that the other end is gone although no one said so, and that it does not read. */
import { NetronError } from '../../errors/netron-error.js';
import type { Ticking } from '../../util/ticker.js';
import { writePing } from '../../wire/packets.js';
import type { PeerNode } from '../peer-node.js';
import type { Outbox } from './outbox.js';

/** Milliseconds that the other end may take nothing at all while a megabyte waits for it (RELIABILITY B5). */
const stallTimeout = 10_000;

/** What a heartbeat uses of its link. */
export interface HeartbeatLink {
  readonly node: Pick<PeerNode, 'beats' | 'heartbeatInterval'>;
  readonly outbox: Pick<Outbox, 'packet' | 'pending'>;
  /** Cuts the connection. */
  terminate(error: Error): void;
}

export class Heartbeat implements Ticking {
  /** Set with each message that arrives. */
  heard = true;
  readonly #link: HeartbeatLink;
  #last: number;
  /** Ticks since the other end was asked whether it is there. Not time: this process may have slept, the answer waits. */
  #asked: number | undefined;
  #pings = 0;
  #number = 0;
  #stalledSince: number | undefined;
  #unsent = 0;

  constructor(link: HeartbeatLink) {
    const { beats } = link.node;
    this.#link = link;
    beats.add(this);
    this.#last = beats.now;
  }

  /** One more ping has arrived; `false` when there are more than `limit` between two ticks. */
  mayAnswer(limit: number): boolean {
    this.#pings += 1;
    return this.#pings <= limit;
  }

  /** Too much is unsent, until `flowing`. */
  stall(): void {
    if (this.#stalledSince !== undefined) return;
    this.#stalledSince = this.#link.node.beats.now;
    this.#unsent = this.#link.outbox.pending;
  }

  /** The other end takes messages again. */
  flowing(): void {
    this.#stalledSince = undefined;
  }

  tick(now: number): boolean {
    const { outbox, node } = this.#link;
    const { heartbeatInterval: interval, beats: ticker } = node;
    this.#pings = 0;
    if (this.#stalledSince !== undefined) {
      if (outbox.pending < this.#unsent) {
        this.#unsent = outbox.pending;
        this.#stalledSince = now;
      } else if (now - this.#stalledSince > stallTimeout) {
        this.#lost(`the peer has not read for ${stallTimeout} ms`);
        return false;
      }
      return true; // it is not read now, so silence says nothing
    }
    if (this.heard) {
      this.heard = false;
      this.#asked = undefined;
      this.#last = now;
      return true;
    }
    const silence = now - this.#last;
    if (this.#asked !== undefined) {
      this.#asked += 1;
      // The tick before the last moment, so that silence is never longer than promised.
      if (silence < interval * 2 - ticker.period || this.#asked * ticker.period < interval / 2) return true;
      this.#lost(`the peer was silent for ${Math.round(silence)} ms`);
      return false;
    }
    if (silence >= interval) {
      this.#asked = 0;
      this.#number += 1;
      outbox.packet(writePing, this.#number);
    }
    return true;
  }

  #lost(reason: string): void {
    this.#link.terminate(new NetronError('unavailable', reason));
  }

  stop(): void {
    this.#link.node.beats.remove(this);
  }
}
