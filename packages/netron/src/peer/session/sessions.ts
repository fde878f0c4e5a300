/** Creates the sessions of a node, and limits the bytes that all of them keep. */
import type { Connection } from '../../transport/transport.js';
import type { Clock } from '../../util/clock.js';
import type { Scheduler } from '../../util/scheduler.js';
import { Ticker } from '../../util/ticker.js';
import type { BufferPool } from '../link/buffer-pool.js';
import type { SessionBounds } from './session-bounds.js';
import { SessionConnection } from './session-connection.js';
import type { SessionNode } from './session-node.js';

/** Longest time before messages are acknowledged, in milliseconds. */
const ackPeriod = 100;

/** Most bytes that all sessions of a node keep. */
const maxKept = 64 * 1024 * 1024;

/** The parts of the node that sessions use. */
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
  /** Limits of sessions that peers request; `undefined` when they get none. */
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
    return this.#kept <= maxKept;
  }

  open(connection: Connection, bounds: SessionBounds): SessionConnection {
    return new SessionConnection(connection, this, bounds);
  }
}
