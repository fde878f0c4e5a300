import { type Scheduler, systemScheduler } from './scheduler.js';

/** Something to do when the current turn's work is done. */
export interface TurnEnd {
  endTurn(): void;
}

/** One end of a turn for any number of tasks. */
export class TurnEnds {
  readonly #scheduler: Pick<Scheduler, 'turnEnd'>;
  readonly #run = (): void => this.#endTurn();
  #due: TurnEnd[] = [];
  /** Used again for what comes up while those that are due have their turn. */
  #spare: TurnEnd[] = [];

  constructor(scheduler: Pick<Scheduler, 'turnEnd'>) {
    this.#scheduler = scheduler;
  }

  /** Calls `endTurn` when the current turn's work is done, before any input or output: once per call of this. */
  add(task: TurnEnd): void {
    if (this.#due.push(task) === 1) this.#scheduler.turnEnd(this.#run);
  }

  #endTurn(): void {
    const tasks = this.#due;
    this.#due = this.#spare;
    this.#spare = [];
    let next = 0;
    try {
      while (next < tasks.length) (tasks[next++] as TurnEnd).endTurn();
    } finally {
      // One has failed, which is seen as it would have been alone: the others get their turn.
      for (const task of tasks.splice(next)) this.add(task);
      tasks.length = 0;
      this.#spare = tasks;
    }
  }
}

/** The ends of the platform's turns, for all who have no scheduler of their own. */
export const systemTurnEnds: TurnEnds = new TurnEnds(systemScheduler);
