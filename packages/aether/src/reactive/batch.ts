import { active, endBatch, startBatch } from './graph.js';

/** Runs `fn` and lets effects wait until it returns or throws: several writes cause one run. Returns its result. */
export function batch<T>(fn: () => T): T {
  startBatch();
  try {
    return fn();
  } finally {
    endBatch();
  }
}

/** Runs `fn` without following what it reads. What it creates belongs to the current owner all the same. */
export function untrack<T>(fn: () => T): T {
  const { tracker } = active;
  active.tracker = undefined;
  try {
    return fn();
  } finally {
    active.tracker = tracker;
  }
}
