import type { Clock } from '../../util/clock.js';
import type { Scheduler } from '../../util/scheduler.js';
import type { Ticker } from '../../util/ticker.js';
import type { BufferPool } from '../link/buffer-pool.js';

/** Parts of the node that its sessions share. */
export interface SessionNode {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly buffers: BufferPool;
  /** Looks after sessions that have to tell what has arrived. */
  readonly acks: Ticker;
  /** Counts what all sessions keep; returns whether it is within the bound. */
  keep(bytes: number): boolean;
}
