import { copy } from './construct.js';
import { foreign } from './copy.js';
import { above, fail } from './error.js';
import { createEntry, type Entry, none, type Registry } from './registry.js';
import { follow, type InjectOptions, nameOf, type Wish } from './token.js';

/**
 * Finds the entry of a dependency as `registry` sees it: that of its provider, one that returns `undefined`, or one that
 * returns a function.
 *
 * @param by requester, for the error
 * @param parameter of the requester, from 1
 */
export function connect(
  registry: Registry,
  dependency: unknown,
  by: Entry | undefined,
  parameter?: number,
  options?: InjectOptions,
): Entry {
  const known = options ? undefined : registry.entries.get(dependency);
  if (known) return registry.see(known);
  const wish: Wish = { token: dependency, ...options, ...(typeof dependency === 'object' && dependency) };
  const token = follow(wish.token);
  const target = registry.find(token, wish);
  if (wish.later && wish.copy !== copy) foreign(`lazy(() => ${nameOf(token)})`, copy, wish.copy, by);
  if (target) return wish.later ? createEntry(registry, token, 'lazy', wish.later, [target]) : target;
  if (!wish.optional) {
    const where = parameter ? ` (parameter ${parameter})` : '';
    fail(
      'missing',
      token
        ? `no provider for ${typeof token === 'function' ? '' : 'token '}${nameOf(token)}${where}; list it in providers, import a module that exports it, or make it optional`
        : `no token${where}, its type is missing or not defined yet; use static inject, deps or @Inject()`,
      by,
      token,
    );
  }
  return createEntry(registry, token, 'value');
}

/** Throws the error that `entry` depends on itself, through `by`. */
export function cycle(entry: Entry, by: Entry | undefined): never {
  fail('cycle', `circular dependency; inject one of them with lazy(() => ${nameOf(entry.token)})`, {
    token: entry.token,
    via: by,
  });
}

/** Whether instances outlive request scopes. */
const lasting = ({ scope }: Entry) => scope === 'singleton' || scope === 'module';

/** Throws the error that `entry`, or a dependency of it, is request-scoped, and its requester `by` is not. */
export function unscoped(entry: Entry, by: Entry | undefined): never {
  entry.via = by;
  let request = entry;
  while (request.scope !== 'request') {
    const next: Entry = request.request!;
    next.via = request;
    request = next;
  }
  const keeper = above(by).find(lasting);
  const remedy = keeper ? `make ${nameOf(keeper.token)} request-scoped too` : 'get it from createScope()';
  fail(keeper ? 'captive' : 'no_scope', `${nameOf(request.token)} is request-scoped; ${remedy}`, request);
}

/**
 * Whether `entry`, or a dependency of it, is request-scoped.
 *
 * @throws NexusError `captive` when `by`, which depends on it, outlives request scopes
 */
export function scoped(entry: Entry, by: Entry): boolean {
  if (entry.scope !== 'request' && !entry.request) return false;
  if (lasting(by) && !by.home.request) unscoped(entry, by);
  return true;
}

/**
 * Connects an entry with all its dependencies and checks them: missing providers, cycles, captive dependencies. Creates
 * nothing. It walks without recursion and visits each entry once: linear, however deep the graph is. `via` is the way back
 * up; lazy dependencies are checked later.
 *
 * @param failed receives the entries above a mistake
 * @throws NexusError, and leaves no entry partly connected
 */
export function link(root: Entry, failed?: Set<Entry>): void {
  const top = root.via;
  let entry = root;
  root.links = [];
  try {
    while (entry !== top) {
      const { registry, deps } = entry;
      const links = entry.links!;
      const { length } = links;
      if (length < deps.length) {
        const dependency = deps[length];
        const target =
          entry.kind === 'multi' ? registry.see(dependency as Entry) : connect(registry, dependency, entry, length + 1);
        links.push(target);
        if (target.kind === 'lazy') {
          target.via = entry;
          registry.container.fresh.push(target);
        } else if (!target.depth) {
          if (target.links) cycle(target, entry);
          target.via = entry;
          // Many have no dependencies, and a list for each would take a tenth of the time.
          target.links = target.deps.length ? [] : none;
          entry = target;
        }
      } else {
        let depth = 1;
        for (const target of links) {
          if (target.depth >= depth) depth = target.depth + 1;
          if (scoped(target, entry)) entry.request = target;
        }
        entry.depth = depth;
        entry = entry.via!;
      }
    }
  } catch (error) {
    for (; entry !== top; entry = entry.via!) {
      entry.links = undefined;
      failed?.add(entry);
    }
    throw error;
  }
}

/** Returns the checked entries of registries and all their dependencies, including lists, aliases and lazy ones. */
export function reach(registries: readonly Registry[]): Set<Entry> {
  const found = new Set<Entry>();
  for (const { entries } of registries) for (const entry of entries.values()) if (entry) found.add(entry);
  // It grows during the loop, which also visits new entries.
  for (const { kind, deps, links } of found) {
    for (const link of kind === 'lazy' ? (deps as Entry[]) : (links ?? [])) found.add(link);
  }
  return found;
}
