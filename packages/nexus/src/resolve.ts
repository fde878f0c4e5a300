import type { Container } from './container.js';
import { calling, disposerOf, type Step } from './dispose.js';
import { fail } from './error.js';
import { captive, connect, cycle, link, pathTo } from './graph.js';
import { type Entry, none, type Registry } from './registry.js';
import { type Dependency, type Injected, type InjectOptions, nameOf, type Reference } from './token.js';

/** Something asynchronous on its way; its promise never hands on a value, for a value with a `then` would be unwrapped. */
export class Wait {
  promise!: Promise<void>;
  value: unknown = undefined;
}

/** What `inject()` refers to: the entry whose constructor or factory runs right now. */
let active: Entry | undefined;

/** Stands for `undefined` in a request scope's slots. */
const nothing = Symbol();

/** Singletons nested deeper than this are created from the bottom up, so that depth does not cost stack. */
const deep = 200;

/**
 * Gives the instance of an entry, or a {@link Wait} when it is still being created.
 *
 * @param scope the request scope it is wanted for
 * @param via who wants it
 */
export function resolve(entry: Entry, scope: Container | undefined, via: Entry | undefined): unknown {
  if (entry.scope === 'singleton') {
    if (entry.done || entry.value) return entry.value;
    return create(entry, entry.home.scope, via);
  }
  if (entry.scope === 'request') {
    if (!scope) noScope(entry, via);
    const value = scope.values[entry.slot];
    if (value !== undefined) return value === nothing ? undefined : value;
  }
  return create(entry, scope, via);
}

function noScope(entry: Entry, via: Entry | undefined): never {
  entry.via = via;
  let by = via;
  while (by && by.scope !== 'singleton') by = by.via;
  const path = pathTo(entry);
  let request = entry;
  while (request.request) {
    request = request.request;
    path.push(nameOf(request.token));
  }
  if (by) captive(by, request, path);
  fail('no_scope', `${nameOf(request.token)} is request-scoped; get it from createScope()`, path);
}

function create(entry: Entry, scope: Container | undefined, via: Entry | undefined): unknown {
  entry.via = via;
  if (entry.within) cycle([...pathTo(via), nameOf(entry.token)]);
  if (entry.home.disposed || scope?.disposed) refuse(entry, scope);
  if (!entry.depth) link(entry);
  if (entry.request && !scope) noScope(entry, via);
  if (entry.depth > deep) prepare(entry, scope);
  const { kind } = entry;
  const links = entry.links!;
  const { length } = links;
  let value: unknown;
  let waiting = false;
  let args: unknown[] = none;
  if (kind === 'class' && length < 2) {
    // Most classes: neither a list of arguments nor another call.
    const only = length ? resolve(links[0]!, scope, entry) : undefined;
    if (only instanceof Wait) {
      waiting = true;
      args = [only];
    } else {
      const make = entry.make as new (only?: unknown) => unknown;
      const before = active;
      active = entry;
      entry.within = scope ?? entry.home;
      try {
        value = length ? new make(only) : new make();
      } finally {
        entry.within = undefined;
        active = before;
      }
    }
  } else {
    args = new Array(length);
    for (let i = 0; i < length; i++) {
      args[i] = resolve(links[i]!, scope, entry);
      if (args[i] instanceof Wait) waiting = true;
    }
    if (!waiting) value = construct(entry, scope, args);
  }
  if (waiting || (kind === 'factory' && typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'))
    return later(entry, scope, args, value, waiting);
  if (entry.scope !== 'transient') settle(entry, scope, value);
  return value;
}

function prepare(entry: Entry, scope: Container | undefined): void {
  const stack = [entry];
  const seen = new Set(stack);
  const created = (below: Entry) => (below.scope === 'request' ? scope?.values[below.slot] : below.done || below.value);
  for (let at: Entry | undefined = entry; at; at = stack.at(-1)) {
    const next = at.links!.find(
      (below) => below.depth > deep && below.scope !== 'transient' && !seen.has(below) && !created(below),
    );
    if (next) {
      seen.add(next);
      stack.push(next);
    } else {
      stack.pop();
      if (at !== entry) resolve(at, scope, stack.at(-1));
    }
  }
}

/** Runs the constructor or factory of an entry, with `inject()` referring to it. */
export function construct(entry: Entry, scope: Container | undefined, args: readonly unknown[]): unknown {
  const { kind, via } = entry;
  if (kind === 'class' || kind === 'factory') {
    const make = entry.make as (new (...args: unknown[]) => unknown) & ((...args: unknown[]) => unknown);
    const before = active;
    active = entry;
    entry.within = scope ?? entry.home;
    try {
      if (kind === 'factory') return make(...args);
      // Spreading costs more than a small constructor.
      return args.length === 2 ? new make(args[0], args[1]) : new make(...args);
    } finally {
      entry.within = undefined;
      active = before;
    }
  }
  if (kind === 'existing') return args[0];
  if (kind === 'multi') return args;
  if (kind === 'container') return scope?.globals === entry.registry ? scope : entry.home;
  if (kind === 'lazy') return () => now(resolve(entry.make as Entry, scope, via), entry.token);
  fail('missing', `${nameOf(entry.token)} has no value; call scope.set()`, pathTo(entry));
}

/** Goes on when everything asynchronous has arrived. A failure is forgotten, so that the next request tries again. */
function later(entry: Entry, scope: Container | undefined, args: readonly unknown[], value: unknown, waiting: boolean): Wait {
  const wait = new Wait();
  const { pending } = ownerOf(entry, scope);
  const finish = async () => {
    try {
      if (waiting) {
        for (const arg of args) if (arg instanceof Wait) await arg.promise;
        refuse(entry, scope);
        const ready = args.map((arg) => (arg instanceof Wait ? arg.value : arg));
        value = construct(entry, scope, ready);
      }
      if (entry.kind === 'factory') value = await value;
      wait.value = value;
      await settle(entry, scope, value);
      refuse(entry, scope);
    } catch (error) {
      keep(entry, scope, undefined);
      throw error;
    } finally {
      pending.delete(wait);
    }
  };
  pending.add(wait);
  keep(entry, scope, wait);
  wait.promise = finish();
  wait.promise.catch(() => {});
  return wait;
}

/** Who disposes of the instances of `entry`. */
const ownerOf = (entry: Entry, scope: Container | undefined) =>
  entry.scope === 'singleton' ? entry.home : (scope ?? entry.home);

function refuse(entry: Entry, scope: Container | undefined): void {
  if (ownerOf(entry, scope).disposed) fail('disposed', 'disposed', pathTo(entry));
}

/** Keeps an instance, or a `Wait` for it, where its scope wants it; with `undefined`, forgets it. */
function keep(entry: Entry, scope: Container | undefined, value: unknown): void {
  if (entry.scope === 'singleton') entry.value = value;
  else if (entry.scope === 'request') scope!.values[entry.slot] = value;
}

/** Keeps a finished instance, and remembers to dispose of it. */
function settle(entry: Entry, scope: Container | undefined, value: unknown): unknown {
  if (entry.scope === 'transient') return undefined;
  const owner = entry.scope === 'singleton' ? entry.home : scope!;
  const { onDispose } = entry;
  let step: Step | undefined;
  if (onDispose) step = calling(onDispose, value);
  // Looking for methods costs more than creating: nobody holds an outermost container, so it looks when it is disposed of.
  else if (!owner.parent) step = entry;
  else if (entry.disposes ?? true) {
    step = disposerOf(value);
    if (entry.kind === 'class') entry.disposes = !!step;
  }
  entry.done = entry.scope === 'singleton';
  keep(entry, scope, value === undefined && !entry.done ? nothing : value);
  return step && owner.onDispose(step);
}

/** Puts a value in a request scope's slot. */
export function seed(entry: Entry, scope: Container, value: unknown): void {
  if (scope.values[entry.slot] !== undefined) fail('duplicate', `${nameOf(entry.token)} is in use already; set it earlier`);
  keep(entry, scope, value === undefined ? nothing : value);
}

/** The instance, or the error for who cannot wait. */
export function now(value: unknown, token: unknown): unknown {
  if (value instanceof Wait) fail('async', `${nameOf(token)} is asynchronous; await getAsync() first`, pathTo(active));
  return value;
}

/** Resolves an entry for whoever is running. */
export const ask = (entry: Entry, scope: Container | undefined) => resolve(entry, scope, active);

/** Finds and resolves a dependency as seen from `registry`. */
export function lookup(
  registry: Registry,
  dependency: unknown,
  options: InjectOptions | undefined,
  scope: Container | undefined,
): unknown {
  return resolve(
    connect(registry, dependency, () => pathTo(active), 0, options),
    scope,
    active,
  );
}

/**
 * Gets a dependency inside of a constructor, a factory (before its first `await`) or `container.run()`. Works in both decorator
 * dialects and without decorators; what is asked for this way is checked when it runs, not with the graph.
 *
 * @throws NexusError `context` elsewhere; `missing`, `cycle`, `captive`, `async` as `get` does
 */
export function inject<T>(token: Reference<T>, options: InjectOptions & { readonly optional: true }): T | undefined;
export function inject<T>(token: Reference<T>, options?: InjectOptions): T;
export function inject<D extends Dependency>(dependency: D): Injected<D>;
export function inject(dependency: Dependency, options?: InjectOptions): unknown {
  if (!active) fail('context', 'inject() works only inside a constructor, factory or run()');
  return now(lookup(active.registry, dependency, options, active.within!.scope), dependency);
}
