import { defer } from '#platform';

/** Something to do when the current turn's work is done. */
export interface TurnEnd {
  endTurn(): void;
}

let due: TurnEnd[] = [];

/** Calls `endTurn` when the current turn's work is done, before any input or output: once per call of this. */
export function atTurnEnd(task: TurnEnd): void {
  if (due.push(task) === 1) defer(endTurn);
}

function endTurn(): void {
  const tasks = due;
  due = [];
  for (const [index, task] of tasks.entries()) {
    try {
      task.endTurn();
    } catch (error) {
      // The others get their turn, and the error is seen as it would have been without them.
      due.push(...tasks.slice(index + 1));
      if (due.length > 0) defer(endTurn);
      throw error;
    }
  }
}
