import { defer } from '#platform';

/** Something to do when the current turn's work is done. */
export interface TurnEnd {
  endTurn(): void;
}

let due: TurnEnd[] = [];
/** Used again for what comes up while those that are due have their turn. */
let spare: TurnEnd[] = [];

/** Calls `endTurn` when the current turn's work is done, before any input or output: once per call of this. */
export function atTurnEnd(task: TurnEnd): void {
  if (due.push(task) === 1) defer(endTurn);
}

function endTurn(): void {
  const tasks = due;
  due = spare;
  spare = [];
  let next = 0;
  try {
    while (next < tasks.length) (tasks[next++] as TurnEnd).endTurn();
  } finally {
    // One has failed, which is seen as it would have been alone: the others get their turn.
    for (const task of tasks.splice(next)) atTurnEnd(task);
    tasks.length = 0;
    spare = tasks;
  }
}
