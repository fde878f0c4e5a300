/** Detects that the other end has disappeared without closing the connection, or that it does not read. */
import { NetronError } from '../../errors/netron-error.js';
import { inTime } from '../../util/in-time.js';
import { notTicking, type Ticking } from '../../util/ticker.js';
import { writePing } from '../../wire/packets.js';
import type { NodeBasis } from '../node-role.js';
import type { Outbox } from './outbox.js';

/** Milliseconds for which the other end may read nothing while a megabyte waits for it. */
const stallTimeout = 10_000;

/** Milliseconds between two measurements of the round trip. */
const measureEvery = 200;

/** Number of measurements that are enough to find one on an idle connection. */
const enoughSamples = 3;

/** Milliseconds for which the answer to a probe stays valid. */
const probeEvery = 1_000;

/** The members of the link that a heartbeat uses. */
export interface HeartbeatLink {
  readonly node: Pick<NodeBasis, 'beats' | 'clock' | 'heartbeatInterval'>;
  readonly outbox: Pick<Outbox, 'behind' | 'packet' | 'pending'>;
  /** Cuts the connection; returns whether the link continues over the next one. */
  interrupt(error: Error): boolean;
}

/** Round trips of one connection. */
interface Line {
  readonly samples: number;
  readonly last: number;
  readonly shortest: number;
}

const unmeasured: Line = { samples: 0, last: 0, shortest: Infinity };

export class Heartbeat implements Ticking {
  tickerPlace = notTicking;
  /** Set by each message that arrives. */
  heard = true;
  readonly #link: HeartbeatLink;
  #last: number;
  /** Ticks since the last unanswered ping. Not time: when this process was suspended, the answer may be waiting unread. */
  #asked: number | undefined;
  #pings = 0;
  #number = 0;
  /** Time of the last ping that has not been answered. */
  #sentAt: number | undefined;
  #answeredAt: number | undefined;
  #roundTrip: number | undefined;
  #measuredAt = -Infinity;
  #line: Line = unmeasured;
  #probe: Promise<boolean> | undefined;
  #probed: ((alive: boolean) => void) | undefined;
  /** Number of the first ping whose answer counts for the probe. */
  #probedFrom = Infinity;
  #stalledSince: number | undefined;
  #unsent = 0;

  constructor(link: HeartbeatLink) {
    const { beats } = link.node;
    this.#link = link;
    beats.add(this);
    this.#last = beats.now;
  }

  /** Counts a ping of the other end; returns `false` when there are more than `limit` between two ticks. */
  mayAnswer(limit: number): boolean {
    this.#pings += 1;
    return this.#pings <= limit;
  }

  /** Starts watching for progress: too much is unsent, until `flowing`. */
  stall(): void {
    if (this.#stalledSince !== undefined) return;
    this.#stalledSince = this.#link.node.beats.now;
    this.#unsent = this.#link.outbox.pending;
  }

  /** Notes that the other end reads again. */
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
        return this.#lost(`the peer has not read for ${stallTimeout} ms`);
      }
      return true; // this end does not read now, so that silence means nothing
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
      // The last tick before the limit, so that silence never lasts longer than promised, whichever way its time is rounded.
      if (silence < interval * 2 - 1.5 * ticker.period || this.#asked * ticker.period < interval / 2) return true;
      return this.#lost(`the peer was silent for ${Math.round(silence)} ms`);
    }
    if (silence >= interval) {
      this.#asked = 0;
      this.#ping();
    }
    return true;
  }

  /** Cuts the connection. Returns whether the link continues. */
  #lost(reason: string): boolean {
    this.heard = true;
    this.#stalledSince = undefined;
    return this.#link.interrupt(new NetronError('unavailable', reason));
  }

  /** Milliseconds of the last round trip; `undefined` before the first one. */
  get roundTrip(): number | undefined {
    return this.#roundTrip;
  }

  /** Handles the answer to a ping. */
  pong(number: number): void {
    if (number !== this.#number || this.#sentAt === undefined) return;
    this.#answeredAt = this.#link.node.clock.now();
    this.#roundTrip = this.#answeredAt - this.#sentAt;
    const { shortest, samples } = this.#line;
    this.#line = { samples: samples + 1, last: this.#roundTrip, shortest: Math.min(shortest, this.#roundTrip) };
    this.#sentAt = undefined;
    if (number >= this.#probedFrom) this.#probed?.(true);
  }

  /** Whether the other end answers within `ms` milliseconds. An answer within the last second counts. */
  probe(ms: number): Promise<boolean> {
    const { clock } = this.#link.node;
    if (this.#answeredAt !== undefined && clock.now() - this.#answeredAt < probeEvery) return Promise.resolve(true);
    return this.#ask(ms, (ping) => ping());
  }

  /** @param send sends the ping, now or later */
  #ask(ms: number, send: (ping: () => void) => void): Promise<boolean> {
    const { clock } = this.#link.node;
    this.#probe ??= new Promise<boolean>((resolve) => {
      const timer = clock.setTimeout(() => this.#probed?.(false), ms, true);
      this.#probed = (alive) => {
        clock.clearTimeout(timer);
        this.#probe = undefined;
        this.#probed = undefined;
        this.#probedFrom = Infinity;
        resolve(alive);
      };
      send(() => {
        this.#ping();
        this.#probedFrom = this.#number;
      });
    });
    return this.#probe;
  }

  /**
   * Resolves when the other end has read everything sent so far, or has not confirmed it within `ms` milliseconds.
   *
   * @param whole also waits for messages being sent in parts, between which others pass
   */
  async caughtUp(ms: number, whole = false): Promise<void> {
    const { outbox, node } = this.#link;
    const end = node.clock.now() + ms;
    // A pending probe may have been sent before.
    if (this.#probe !== undefined) {
      const late = (): Error => new NetronError('deadline_exceeded', 'the previous ping was not answered');
      const answered = await inTime(node.clock, ms, this.#probe, late).catch(() => undefined);
      if (answered === undefined) return;
    }
    await this.#ask(end - node.clock.now(), whole ? (ping) => outbox.behind(ping) : (ping) => ping());
  }

  /**
   * Returns the latency of the connection in milliseconds: the shortest of several round trips, which are measured while this is called.
   * `undefined` while there are too few, and while the last one took much longer: then data is queued on the way.
   */
  lineLength(now: number): number | undefined {
    if (this.#sentAt === undefined && now - this.#measuredAt >= measureEvery) {
      this.#measuredAt = now;
      this.#ping();
    }
    const { shortest, last } = this.#line;
    return this.#line.samples < enoughSamples || last > shortest * 2 + 1 ? undefined : shortest;
  }

  #ping(): void {
    this.#number += 1;
    this.#sentAt = this.#link.node.clock.now();
    this.#link.outbox.packet(writePing, this.#number);
  }

  stop(): void {
    this.#probed?.(false);
    this.#link.node.beats.remove(this);
  }
}
