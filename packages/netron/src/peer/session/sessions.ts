/** Sessions of a node: makes them, and bounds what they keep together. */
import type { Connection } from '../../transport/transport.js';
import type { Clock } from '../../util/clock.js';
import type { Scheduler } from '../../util/scheduler.js';
import { Ticker } from '../../util/ticker.js';
import type { BufferPool } from '../link/buffer-pool.js';
import type { SessionBounds } from './session-bounds.js';
import { SessionConnection } from './session-connection.js';
import type { SessionNode } from './session-node.js';

/** Milliseconds after which the other end is told what has arrived, at the latest. */
const ackPeriod = 100;

/** Bytes that all sessions of a node keep at most. */
const mostKept = 64 * 1024 * 1024;

/** Parts of the node that sessions use. */
export interface SessionsNode {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly buffers: BufferPool;
}

export class Sessions implements SessionNode {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly buffers: BufferPool;
  readonly acks: Ticker;
  /** Bounds of sessions that peers ask for; `undefined` when they get none. */
  readonly bounds: SessionBounds | undefined;
  #kept = 0;

  constructor({ clock, scheduler, buffers }: SessionsNode, bounds: SessionBounds | undefined) {
    this.clock = clock;
    this.scheduler = scheduler;
    this.buffers = buffers;
    this.acks = new Ticker(clock, ackPeriod);
    this.bounds = bounds;
  }

  /** Bytes that all sessions keep. */
  get kept(): number {
    return this.#kept;
  }

  keep(bytes: number): boolean {
    this.#kept += bytes;
    return this.#kept <= mostKept;
  }

  open(connection: Connection, bounds: SessionBounds): SessionConnection {
    return new SessionConnection(connection, this, bounds);
  }
}
