import { type Scheduler, systemScheduler } from './scheduler.js';

/** A task for the end of the current turn. */
export interface TurnEnd {
  endTurn(): void;
}

/** Runs any number of tasks at the end of one turn. */
export class TurnEnds {
  readonly #scheduler: Pick<Scheduler, 'turnEnd'>;
  readonly #run = (): void => this.#endTurn();
  #due: TurnEnd[] = [];
  /** Reused for tasks that are added while others run. */
  #spare: TurnEnd[] = [];

  constructor(scheduler: Pick<Scheduler, 'turnEnd'>) {
    this.#scheduler = scheduler;
  }

  /** Calls `endTurn` once when the current turn's work is done, before any input or output. */
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
      // A task has thrown, which is reported as if it had run alone: the others still run.
      for (const task of tasks.splice(next)) this.add(task);
      tasks.length = 0;
      this.#spare = tasks;
    }
  }
}

/** The ends of the platform's turns, for code without a scheduler of its own. */
export const systemTurnEnds: TurnEnds = new TurnEnds(systemScheduler);
