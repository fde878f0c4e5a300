import { active, construct, copy } from './construct.js';
import type { Container } from './container.js';
import { foreign, running } from './copy.js';
import { disposerOf, isThenable, owners } from './dispose.js';
import { fail } from './error.js';
import { connect, cycle, link, unscoped } from './graph.js';
import { type Cell, type Entry, none, type Registry } from './registry.js';
import { type Dependency, type Injected, type InjectOptions, nameOf, type Reference } from './token.js';

/** An asynchronous creation in progress. Its value is in an array, since a value with a `then` would be unwrapped. */
export class Wait extends Promise<readonly [value: unknown]> {}

/** Entries nested deeper than this are created from the bottom up, so that depth does not cost stack. */
const deep = 200;

/**
 * Returns the instance of an entry, or a {@link Wait} while it is being created.
 *
 * @param wanted the container or request scope that requests it
 * @param via the entry that requests it
 */
export function resolve(entry: Entry, wanted: Container, via: Entry | undefined): unknown {
  let owner = wanted;
  let cell: Cell = entry;
  if (entry.scope === 'singleton') owner = entry.home;
  else if (entry.scope === 'request') {
    owner = wanted.request ?? unscoped(entry, via);
    cell = owner.cells[entry.slot] ??= { token: entry.token, instance: undefined, done: false, onDispose: entry.onDispose };
  }
  if (cell.done) return cell.instance;
  if (entry.within) cycle(entry, via);
  if (cell.instance) return cell.instance;
  entry.via = via;
  if (!entry.depth) {
    if (entry.kind === 'lazy') return (entry.make as Postpone)(entry, owner, via);
    link(entry);
  }
  if (entry.request && !owner.request) unscoped(entry, via);
  if (entry.depth > deep) prepare(entry, owner);
  const links = entry.links!;
  const { length } = links;
  const first = length ? resolve(links[0]!, owner, entry) : undefined;
  let args: unknown[] | undefined = length ? undefined : none;
  let waiting = first instanceof Wait;
  // Most take one argument or none, which needs no list.
  if (length > 1 || waiting) {
    args = [first];
    for (let i = 1; i < length; i++) {
      args[i] = resolve(links[i]!, owner, entry);
      waiting ||= args[i] instanceof Wait;
    }
  }
  const value = waiting ? args : construct(entry, owner, args, first);
  if (waiting || (entry.kind === 'factory' && isThenable(value))) return later(entry, owner, cell, value, waiting);
  if (entry.scope !== 'transient') settle(entry, owner, cell, value);
  return value;
}

/** Creates a function that returns an instance when it is called. */
export type Postpone = (entry: Entry, owner: Container, via: Entry | undefined) => () => unknown;

/** Creates the kept instances below an entry, the least deep first. */
function prepare(entry: Entry, owner: Container): void {
  const below = new Set(entry.links);
  for (const at of below) {
    if (at.scope === 'transient' || at.instance || owner.request?.cells[at.slot]?.instance) below.delete(at);
    else for (const next of at.links!) below.add(next);
  }
  for (const at of [...below].sort((a, b) => a.depth - b.depth)) resolve(at, owner, at.via);
}

/**
 * Continues when all asynchronous parts have arrived. A failure is not cached, so that the next request tries again.
 *
 * @param wanted the owner; for a transient, the requester
 * @param value the created value, or, with `waiting`, the arguments
 */
function later(entry: Entry, wanted: Container, cell: Cell, value: unknown, waiting: unknown): Wait {
  const kept = entry.scope !== 'transient';
  // Disposal waits for it.
  const owner = kept ? wanted : (wanted.request ?? entry.home);
  const finish = async () => {
    try {
      let made = value;
      if (waiting) {
        const args = await Promise.all((value as unknown[]).map((arg) => (arg instanceof Wait ? arg : [arg])));
        alive(owner, entry);
        made = construct(entry, owner, args.flat());
      }
      if (entry.kind === 'factory') made = await made;
      if (kept) await settle(entry, owner, cell, made);
      alive(owner, entry);
      return [made] as const;
    } catch (error) {
      cell.instance = undefined;
      throw error;
    } finally {
      owner.held.delete(step);
    }
  };
  const wait = new Wait((resolve) => resolve(finish()));
  const done = wait.catch(() => {});
  const step = (sync: boolean) => sync || done;
  owner.held.add(step);
  if (kept) cell.instance = wait;
  return wait;
}

/** Stores a finished instance; its owner disposes it. */
function settle(entry: Entry, owner: Container, cell: Cell, value: unknown): unknown {
  cell.instance = value;
  cell.done = true;
  const { kind, onDispose } = entry;
  const { parent, request, steps } = owner;
  const factory = kind === 'factory';
  const inert = !onDispose && (entry.inert || !disposerOf(value));
  entry.inert = inert && kind === 'class';
  // The result of a factory may belong to another container, for instance a parent, and still does.
  const known = factory && owners.get(value as object);
  if (factory && !onDispose && ((known && known !== steps) || parent?.created(value))) return;
  // A class creates a new instance each time, and a request scope shares none: recording it would cost more than creating it.
  if (!inert && (factory || request !== owner) && !known && !owner.disposed && Object(value) === value)
    owners.set(value as object, steps);
  // No parent refers to an outermost container: it may look again at disposal.
  if (!inert || !parent) return owner.onDispose(cell);
  steps.push(cell);
  return;
}

/** Throws if a container is disposed. */
export function alive(container: Container, by?: Entry): void {
  if (container.disposed) fail('disposed', 'the container is disposed', by);
}

/** Returns the instance; throws if it would have to wait. */
export function now(value: unknown, token: unknown): unknown {
  if (value instanceof Wait) fail('async', `${nameOf(token)} is asynchronous; await getAsync()`, active);
  return value;
}

/** Finds and resolves a dependency as seen from `registry`, for `container`. */
export function lookup(container: Container, registry: Registry, dependency: unknown, options?: InjectOptions): unknown {
  alive(container, active);
  return resolve(connect(registry, dependency, active, 0, options), container, active);
}

/**
 * Returns a dependency in a constructor, a factory (before its first `await`) or `container.run()`. Works in both decorator
 * dialects and without decorators. Such a dependency is checked when the call runs, not with the graph.
 *
 * @throws NexusError `context` elsewhere; `missing`, `cycle`, `captive`, `async` as `get` does
 */
export function inject<T>(token: Reference<T>, options: InjectOptions & { readonly optional: true }): T | undefined;
export function inject<T>(token: Reference<T>, options?: InjectOptions): T;
export function inject<D extends Dependency>(dependency: D): Injected<D>;
export function inject(dependency: Dependency, options?: InjectOptions): unknown {
  if (!active) {
    const other = running(copy);
    if (other) foreign('inject()', copy, other);
    fail('context', 'inject() must be called in a constructor, factory or run()');
  }
  return now(lookup(active.within!, active.registry, dependency, options), dependency);
}
