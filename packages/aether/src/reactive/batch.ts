import { active, endBatch, startBatch } from './graph.js';

/** Runs `fn` and delays effects until it returns or throws: several writes cause one run. Returns the result of `fn`. */
export function batch<T>(fn: () => T): T {
  startBatch();
  try {
    return fn();
  } finally {
    endBatch();
  }
}

/** Runs `fn` without tracking its reads. The current owner still owns everything that `fn` creates. */
export function untrack<T>(fn: () => T): T {
  const { tracker } = active;
  active.tracker = undefined;
  try {
    return fn();
  } finally {
    active.tracker = tracker;
  }
}
