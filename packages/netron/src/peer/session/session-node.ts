import type { Clock } from '../../util/clock.js';
import type { Scheduler } from '../../util/scheduler.js';
import type { Ticker } from '../../util/ticker.js';
import type { BufferPool } from '../link/buffer-pool.js';

/** The parts of the node that its sessions share. */
export interface SessionNode {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly buffers: BufferPool;
  /** Watches sessions with messages to acknowledge. */
  readonly acks: Ticker;
  /** Counts the bytes that all sessions keep; returns whether they are within the limit. */
  keep(bytes: number): boolean;
}
