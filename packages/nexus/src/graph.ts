import { fail } from './error.js';
import type { Kind, Scope } from './provider.js';
import { createEntry, type Entry, none, type Registry } from './registry.js';
import { follow, type InjectOptions, nameOf, type Wish } from './token.js';

/** The names from what was first asked for down to `entry`, by who asked last. */
export function pathTo(entry: Entry | undefined): string[] {
  const path = new Set<Entry>();
  for (let at = entry; at && !path.has(at); at = at.via) path.add(at);
  return Array.from(path, ({ token }) => nameOf(token)).reverse();
}

/**
 * Finds the entry for a dependency as `registry` sees it: the provider's own, one that gives `undefined`, or one that gives a function.
 *
 * @param path says who asks, for the error
 * @param parameter which of the asker's, from 1
 */
export function connect(
  registry: Registry,
  dependency: unknown,
  path: () => string[],
  parameter?: number,
  options?: InjectOptions,
): Entry {
  const known = options ? undefined : registry.entries.get(dependency);
  if (known) return registry.see(known);
  const wish = (
    typeof dependency === 'object' && dependency && 'token' in dependency ? dependency : { ...options, token: dependency }
  ) as Wish;
  const token = follow(wish.token);
  const target = token ? registry.find(token, wish) : undefined;
  if (target) return wish.lazy ? createEntry(registry, token, 'lazy', 'transient', none, target) : target;
  if (!wish.optional) {
    const where = parameter ? ` (parameter ${parameter})` : '';
    fail(
      'missing',
      token
        ? `no provider for ${typeof token === 'function' ? '' : 'token '}${nameOf(token)}${where}; provide it, import a module that exports it, or make it optional`
        : `no token${where}, its type is none or not defined yet; add @Inject() or static inject`,
      path(),
    );
  }
  return createEntry(registry, token, 'value');
}

/** Says that the last of a path needs itself. */
export function cycle(path: readonly string[]): never {
  fail('cycle', `cycle; inject one of them with lazy(() => ${path.at(-1)})`, path);
}

/** Says that somebody lives longer than a request-scoped entry it needs. */
export function captive(by: Entry, request: Entry, path: readonly string[]): never {
  const name = nameOf(by.token);
  fail('captive', `${name} outlives request-scoped ${nameOf(request.token)}; make ${name} request-scoped too`, path);
}

/**
 * Connects an entry with everything below it and checks what it connects: missing providers, cycles, captive dependencies.
 * Creates nothing. Walks without recursion and meets each entry once: linear, however deep the graph is.
 *
 * @param failed gets the entries above a mistake
 * @throws NexusError and leaves no entry half connected
 */
export function link(root: Entry, failed?: Set<Entry>): void {
  const roots: [start: Entry, lazyFor?: Entry][] = [[root]];
  const linked: Entry[] = [];
  let stack: Entry[] = [];
  const path = () => [...pathTo(stack[0]!.via), ...stack.map(({ token }) => nameOf(token))];

  /** @param next one of the links of `by`, which may need something request-scoped */
  const check = (by: Entry, next: Entry): boolean => {
    if (next.scope !== 'request' && !next.request) return false;
    if (by.scope !== 'request' && by.scope !== 'transient' && !by.home.scope) {
      for (let at: Entry | undefined = next; at; at = at.request) stack.push(at);
      captive(by, stack.at(-1)!, path());
    }
    return true;
  };

  const visit = (entry: Entry) => {
    if (entry.depth) return;
    stack.push(entry);
    if (entry.links) cycle(path());
    entry.links = entry.deps.length ? new Array(entry.deps.length) : none;
    entry.slot = 0;
  };

  try {
    for (const [start] of roots) {
      visit(start);
      for (let entry = stack[0]; entry; entry = stack.at(-1)) {
        const links = entry.links!;
        const position = entry.slot++;
        if (position < links.length) {
          const dependency = entry.deps[position];
          const target =
            entry.kind === 'multi'
              ? entry.registry.see(dependency as Entry)
              : connect(entry.registry, dependency, path, position + 1);
          links[position] = target;
          visit(target);
          if (target.kind === 'lazy') roots.push([target.make as Entry, entry]);
          continue;
        }
        let depth = 1;
        for (const target of links) {
          if (check(entry, target) && entry.scope === 'transient') entry.request = target;
          if (target.depth >= depth) depth = target.depth + 1;
        }
        entry.depth = depth;
        if (entry.scope === 'request') {
          let top = entry.home;
          while (top.parent) top = top.parent;
          entry.slot = top.slots++;
        }
        linked.push(entry);
        stack.pop();
      }
    }
    for (const [late, by] of roots) {
      if (!by) continue;
      stack = [by];
      check(by, late);
    }
  } catch (error) {
    for (const entry of stack) failed?.add(entry);
    for (const entry of linked) entry.depth = 0;
    // Entries that were in order before are here only to show the path.
    for (const entry of [...linked, ...stack]) if (!entry.depth) entry.links = undefined;
    throw error;
  }
}

/** A provider in a {@link Graph}. */
export interface GraphNode {
  /** Counts from 0; what edges refer to. */
  readonly id: number;
  /** The token as errors show it; several nodes may have one name. */
  readonly name: string;
  readonly kind: Kind;
  readonly scope: Scope;
  /** The module that provides it; empty without modules. */
  readonly module: string;
  /** Whether a singleton has been created. */
  readonly created: boolean;
}

/** "`from` needs `to`". */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** Created when first called for. */
  readonly lazy: boolean;
}

/** Who needs whom. Plain data: it survives `JSON.stringify`. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Describes checked entries and everything below them. */
export function describe(entries: Iterable<Entry>): Graph {
  const ids = new Map<Entry, number>();
  const edges: GraphEdge[] = [];
  for (const entry of entries) ids.set(entry, ids.size);
  // A map grows while it is iterated: what is found on the way is visited too.
  for (const [entry, from] of ids) {
    for (const link of entry.links ?? []) {
      const lazy = link.kind === 'lazy';
      const target = lazy ? (link.make as Entry) : link;
      const to = ids.get(target) ?? ids.size;
      ids.set(target, to);
      edges.push({ from, to, lazy });
    }
  }
  const nodes = [...ids].map(([{ token, kind, scope, registry, done }, id]) => ({
    id,
    name: nameOf(token),
    kind,
    scope,
    module: registry.name,
    created: done,
  }));
  return { nodes, edges };
}
