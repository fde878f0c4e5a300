/**
 * The dependency graph and the queue of effects. It does not know values: signals and computeds are sources, computeds and
 * effects subscribe to sources. The algorithm is that of alien-signals; owners and disposal are in `owner`.
 */

import { createReactiveSystem, type Link } from 'alien-signals/system';
import { AetherError } from './error.js';
import type { Owner } from './owner.js';

// Bits of `flags`. The first six are read and written by alien-signals.
export const Mutable = 1;
export const Watching = 2;
export const Running = 4;
export const Dirty = 16;
export const Pending = 32;
/** The owner is disposed: it accepts no children, and an effect no longer runs. */
export const Disposed = 64;
/** The owner has children, cleanups or values for its descendants, which end when it runs again. */
export const Owning = 128;
/** The last run of the computed has thrown. */
export const Failed = 256;
/** The owner provides values to its descendants. */
export const Providing = 512;

/** A node of the graph. Fields of missing links are `undefined`, so that all nodes of a class have one shape. */
export interface Node {
  deps?: Link | undefined;
  depsTail?: Link | undefined;
  subs?: Link | undefined;
  subsTail?: Link | undefined;
  flags: number;
}

/** A node that others read. */
export interface Source extends Node {
  /** Computes the current value. Returns whether it differs from the previous one. */
  refresh(): boolean;
  /** Called when the last reader is gone. */
  unwatched(): void;
}

/** A node of the queue. */
export interface Job extends Node {
  /** Nearest outer effect: it runs first, because it may dispose this one. */
  readonly above: Job | undefined;
  readonly label: string;
  /** Runs if a value that it has read has changed. */
  run(): void;
}

/** Number of runs of one effect in one flush that counts as an endless loop. */
const maximumRuns = 100;

/** Capacity of the queue to keep for the next flush. */
const keptPlaces = 1_000;

/**
 * The two registers and the counters. `tracker` records the sources that are read; `owner` receives the children and
 * cleanups that are created. `untrack` clears only the first.
 */
export const active: {
  tracker: Node | undefined;
  owner: Owner | undefined;
  /** Number of the current run; a source read twice in one run is linked once. */
  run: number;
  /** Effects wait while this is above 0. */
  depth: number;
  /** Number of nested running effects. */
  effects: number;
  /** Number of changes of signals so far. */
  changes: number;
} = { tracker: undefined, owner: undefined, run: 0, depth: 0, effects: 0, changes: 0 };

const queue: (Job | undefined)[] = [];
/** Position of the next job, and of the end of the queue. */
let next = 0;
let end = 0;

const { link, unlink, propagate, checkDirty, shallowPropagate } = createReactiveSystem({
  update: (node) => (node as Source).refresh(),
  notify: enqueue,
  unwatched: (node) => (node as Source).unwatched(),
}) as unknown as {
  link(source: Node, node: Node, run: number): void;
  unlink(link: Link, node: Node): Link | undefined;
  propagate(link: Link, inEffect: boolean): void;
  checkDirty(link: Link, node: Node): boolean;
  shallowPropagate(link: Link): void;
};

export { checkDirty, shallowPropagate };

/** Records that the tracker, if there is one, depends on `source`. */
export function track(source: Source): void {
  const { tracker } = active;
  if (tracker !== undefined) link(source, tracker, active.run);
}

/** Marks the dependents of a changed source, and runs the effects among them unless a batch is open. */
export function changed(source: Source): void {
  active.changes++;
  if (source.subs === undefined) return;
  propagate(source.subs, active.effects > 0);
  if (active.depth === 0 && next < end) flush();
}

/** Drops the dependencies of a node that its last run did not read. */
export function dropUnread(node: Node): void {
  let unread = node.depsTail === undefined ? node.deps : node.depsTail.nextDep;
  while (unread !== undefined) unread = unlink(unread, node);
}

/** Drops all dependencies of a node. */
export function dropAll(node: Node): void {
  let last = node.depsTail;
  while (last !== undefined) {
    const before: Link | undefined = last.prevDep;
    unlink(last, node);
    last = before;
  }
}

/** Adds a job to the queue, preceded by its outer effects that are not in it yet. */
export function enqueue(node: Node): void {
  let left = end;
  let job: Job | undefined = node as Job;
  do {
    queue[end++] = job;
    job.flags &= ~Watching;
    job = job.above;
  } while (job !== undefined && job.flags & Watching);
  for (let right = end; left < --right; left++) {
    const inner = queue[left];
    queue[left] = queue[right];
    queue[right] = inner;
  }
}

/** Opens a batch: effects wait until `endBatch`. */
export function startBatch(): void {
  active.depth++;
}

/** Closes a batch. The outermost one runs the waiting effects. */
export function endBatch(): void {
  if (--active.depth === 0 && next < end) flush();
}

/** Runs all waiting effects, and those that they trigger, which wait meanwhile. */
function flush(): void {
  active.depth++;
  /** Number of runs of effects triggered by others. */
  let caused: Map<Job, number> | undefined;
  const first = end;
  let endless: Job | undefined;
  try {
    while (next < end) {
      const job = queue[next] as Job;
      let runs = 0;
      if (next >= first) {
        caused ??= new Map();
        runs = (caused.get(job) ?? 0) + 1;
        caused.set(job, runs);
      }
      queue[next++] = undefined;
      if (runs < maximumRuns) job.run();
      else {
        endless = job;
        job.flags = Watching;
      }
    }
  } finally {
    active.depth--;
    next = end = 0;
    if (queue.length > keptPlaces) queue.length = 0;
  }
  if (endless === undefined) return;
  let names = endless.label;
  for (let job = endless.above; job !== undefined; job = job.above) names = `${job.label} → ${names}`;
  throw new AetherError('cycle', `effect ${names} ran ${maximumRuns} times in one flush, caused by its own writes`);
}
