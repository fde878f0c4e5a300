/** Runs functions of a view that usually never run again, and so need no effect of their own. */
import { ComputedNode } from '../reactive/computed.js';
import { active, dropAll, type Node, Providing, type Source, track } from '../reactive/graph.js';
import { activeScope, outside, Scope, see } from '../reactive/owner.js';
import { SignalNode } from '../reactive/signal.js';
import type { Places } from './places.js';

/** The properties of a component, as those follow them who are not part of its text. The text is written anew with others. */
export class PropsCell extends SignalNode<unknown> {}

/** Tracks an attempted function. */
export class Probe implements Node {
  deps: Node['deps'] = undefined;
  depsTail: Node['depsTail'] = undefined;
  subs: undefined = undefined;
  subsTail: undefined = undefined;
  flags = 0;
}

/** A run of a function that has read a signal, created something, or thrown. */
export class Attempt {
  /** Whether the function would return the same again. Otherwise `resumed` has to be called. */
  readonly fixed: boolean;

  constructor(
    /** Result of the function, or the thrown value. */
    readonly value: unknown,
    private readonly failed: boolean,
    private readonly probe: Probe,
    /** Owner of everything that the function has created. */
    readonly owner: Scope,
  ) {
    this.fixed = !failed && hasSettled(probe);
    if (this.fixed) dropAll(probe);
  }

  /**
   * Returns a function for an effect or a computed that goes on after the attempt: its first run gives what the attempt has
   * given, later ones call `fn`.
   */
  resumed(fn: View, item?: unknown, index?: unknown): () => unknown {
    let first = true;
    return () => {
      if (!first) return fn(item, index);
      first = false;
      const { probe, owner } = this;
      for (let link = probe.deps; link !== undefined; link = link.nextDep) track(link.dep as Source);
      // Not earlier, because a computed without readers drops its dependencies.
      dropAll(probe);
      const scope = activeScope() as Scope;
      if (owner.context !== scope.context) see(scope, owner.context);
      scope.defer(() => owner.dispose());
      if (this.failed) throw this.value;
      return this.value;
    };
  }
}

/** An unused probe. */
let spare: Probe | undefined;

/** A function in a view. */
export type View = (item: unknown, index: unknown) => unknown;

/**
 * Runs a function, and its result as long as that is a function, too. Returns an `Attempt` unless the result is complete.
 * The arguments are for functions that create rows: a closure for each would cost more than its call.
 */
export function attempt(fn: View, item?: unknown, index?: unknown): unknown {
  const owner = activeScope() as Scope;
  const { last, cleanups, context } = owner;
  const count = countOf(cleanups);
  const { tracker } = active;
  const probe = spare ?? new Probe();
  spare = undefined;
  active.tracker = probe;
  active.run++;
  probe.depsTail = undefined;
  let value: unknown;
  let failed = false;
  try {
    value = fn(item, index);
    value = called(value);
  } catch (thrown) {
    value = thrown;
    failed = true;
  }
  active.tracker = tracker;
  if (failed || probe.deps !== undefined || hasChanged(owner, last, count, context))
    return new Attempt(value, failed, probe, takeSince(owner, last, count, context));
  spare = probe;
  return value;
}

/** Calls a value repeatedly while it is a function. */
function called(given: unknown): unknown {
  let value = given;
  while (typeof value === 'function') {
    const next: unknown = value();
    if (next === value) throw new TypeError('a function returns itself');
    value = next;
  }
  return value;
}

/**
 * Calls a function with each of some numbers as an attempt. Returns the results by these numbers.
 *
 * @param positions how many of them are positions of children, where each is called
 */
export function attemptAll(
  read: (index: number) => unknown,
  numbers: readonly number[],
  positions: number,
  places: Places,
): unknown[] {
  const owner = activeScope() as Scope;
  const { last, cleanups, context } = owner;
  const before = countOf(cleanups);
  const { tracker } = active;
  let probe = spare ?? new Probe();
  spare = undefined;
  const results: unknown[] = new Array<unknown>(numbers.length);
  const { depth } = places;
  let at = 0;
  while (at < numbers.length) {
    active.tracker = probe;
    active.run++;
    probe.depsTail = undefined;
    let value: unknown;
    let failed = false;
    try {
      for (; at < numbers.length; at++) {
        places.evaluating = at < positions ? (numbers[at] as number) : -1;
        value = read(numbers[at] as number);
        value = called(value);
        if (places.depth !== depth) places.leaveEvaluated(depth);
        if (probe.deps !== undefined || hasChanged(owner, last, before, context)) break;
        results[numbers[at] as number] = value;
      }
    } catch (thrown) {
      value = thrown;
      failed = true;
      places.depth = depth;
    }
    places.evaluating = -1;
    if (at === numbers.length) break;
    results[numbers[at++] as number] = new Attempt(value, failed, probe, takeSince(owner, last, before, context));
    probe = new Probe();
  }
  active.tracker = tracker;
  spare = probe;
  return results;
}

/** Whether an owner has children or values. */
const hasChanged = (owner: Scope, last: Scope | undefined, count: number, context: Scope['context']): boolean =>
  owner.last !== last || owner.context !== context || countOf(owner.cleanups) !== count;

const countOf = (cleanups: Scope['cleanups']): number =>
  cleanups === undefined ? 0 : typeof cleanups === 'function' ? 1 : cleanups.length;

/** Runs a function, and returns an owner of everything that it has created; `undefined` if that is nothing. */
export function owned(run: () => void): Scope | undefined {
  const owner = activeScope() as Scope;
  const { last, cleanups, context } = owner;
  const count = countOf(cleanups);
  run();
  return hasChanged(owner, last, count, context) ? takeSince(owner, last, count, context) : undefined;
}

/** Moves the new children of an owner to an owner of their own. */
function takeSince(owner: Scope, last: Scope | undefined, count: number, context: Scope['context']): Scope {
  const own = new Scope(undefined);
  own.context = owner.context;
  own.above = owner.job();
  if (owner.context !== context) {
    if (outside(owner) === context) owner.flags &= ~Providing;
    owner.context = context;
  }
  if (owner.last !== last) {
    own.last = owner.last;
    owner.last = last;
    if (last !== undefined) last.following = undefined;
    for (let child = own.last; child !== undefined; child = child.previous) {
      child.parent = own;
      if (child.previous === last) child.previous = undefined;
    }
  }
  if (countOf(owner.cleanups) !== count) {
    const all = [owner.cleanups ?? []].flat();
    own.cleanups = all.splice(count);
    owner.cleanups = all.length === 0 ? undefined : all;
  }
  own.attach(owner);
  return own;
}

/** Whether a source cannot change on its own. */
const isSettled = (source: unknown): boolean =>
  source instanceof PropsCell || (source instanceof ComputedNode && hasSettled(source));

/** Whether no dependency of a node can change on its own. */
function hasSettled({ deps }: Node): boolean {
  for (let link = deps; link !== undefined; link = link.nextDep) if (!isSettled(link.dep)) return false;
  return true;
}

/** Returns whether an owner has nothing active: only settled computeds. */
export function isLifeless(scope: Scope): boolean {
  if (scope.cleanups !== undefined) return false;
  for (let child = scope.last; child !== undefined; child = child.previous) {
    if (!(isSettled(child) && isLifeless(child))) return false;
  }
  return true;
}
