import { defer } from '#platform';
import { nextTurn } from './next-turn.js';

/** Turns of the event loop. Passed in like a clock, so that a whole cluster can run in a reproducible order. */
export interface Scheduler {
  /** Runs `action` in a later turn, after input and output. Actions run in the order in which they were passed. */
  nextTurn(action: () => void): void;
  /** Runs `action` when the work of the current turn is done, before any input or output. */
  turnEnd(action: () => void): void;
  /** Resolves when the process only waits for time or input, as far as this can tell. */
  idle(): Promise<void>;
  /**
   * Whether the other end of a reference, and the producer of a stream, are notified when the program's object is garbage-collected.
   * Garbage collection happens at any time, so that a reproducible run must turn this off.
   */
  readonly collects: boolean;
}

/** Turns within which messages between nodes of one process arrive. */
const turnsUntilIdle = 6;

/** The event loop of the platform. */
export const systemScheduler: Scheduler = {
  nextTurn,
  turnEnd: defer,
  async idle() {
    for (let turn = 0; turn < turnsUntilIdle; turn += 1) await new Promise<void>((resolve) => nextTurn(resolve));
  },
  collects: true,
};
