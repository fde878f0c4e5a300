import { defer } from '#platform';
import { nextTurn } from './next-turn.js';

/** Turns of the event loop. Injected like a clock, so that a whole cluster can run in one order. */
export interface Scheduler {
  /** Runs `action` in a later turn, after input and output had their chance. Actions run in the order in which they were given. */
  nextTurn(action: () => void): void;
  /** Runs `action` when the work of the current turn is done, before any input or output. */
  turnEnd(action: () => void): void;
  /** Resolves when nothing is left to do within the process but to wait for time or input, as far as this can tell. */
  idle(): Promise<void>;
  /**
   * Whether the other end of a reference, and the producer of a stream, hear when memory of the program was collected that
   * held it. That happens at any time: in a run that is to be repeated, it must not.
   */
  readonly collects: boolean;
}

/** Turns in which messages between nodes of one process arrive. */
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
