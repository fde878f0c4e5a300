import { follow, type InjectOptions, Wish } from './dependency.js';
import { Entry } from './entry.js';
import { fail } from './error.js';
import type { Registry } from './registry.js';
import { nameOf } from './token.js';

/** The names from what was first asked for down to `entry`, by who asked last. */
export function pathTo(entry: Entry | undefined): string[] {
  const path = new Set<string>();
  const seen = new Set<Entry>();
  for (let at = entry; at && !seen.has(at); at = at.via) {
    seen.add(at);
    path.add(nameOf(at.token));
  }
  return [...path].reverse();
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
  const known = dependency instanceof Entry ? dependency : options ? undefined : registry.entries.get(dependency);
  if (known) return registry.see(known);
  const {
    token: reference,
    optional,
    lazy,
  } = (dependency instanceof Wish ? dependency : { ...options, token: dependency }) as Wish;
  const token = follow(reference);
  const target = token ? registry.find(token, options) : undefined;
  if (target) return lazy ? new Entry(registry, token, 'lazy', 'transient', [], target) : target;
  if (!optional) {
    const where = parameter ? ` (parameter ${parameter})` : '';
    fail(
      'missing',
      token
        ? `no provider for ${typeof token === 'function' ? '' : 'token '}${nameOf(token)}${where}; provide it, import a module that exports it, or make it optional`
        : `no token${where}, its type is none or not defined yet; add @Inject() or static inject`,
      path(),
    );
  }
  return new Entry(registry, token, 'value');
}

/**
 * Connects an entry with everything below it and checks what it connects: missing providers, cycles, captive dependencies.
 * Creates nothing. Walks without recursion and meets each entry once: linear, however deep the graph is.
 *
 * @param failed gets the entries above a mistake
 * @throws NexusError and leaves no entry half connected
 */
export function link(root: Entry, failed?: Set<Entry>): void {
  const roots = [root];
  const lazies: [by: Entry, target: Entry][] = [];
  const linked: Entry[] = [];
  let stack: Entry[] = [];
  const path = () => [...pathTo(stack[0]!.via), ...stack.map(({ token }) => nameOf(token))];

  /** @param next by which of its links `by` needs something request-scoped */
  const captive = (by: Entry, next: Entry | undefined) => {
    if (!next || by.scope === 'request' || by.scope === 'transient' || by.home.scope) return;
    for (let at: Entry | undefined = next; at; at = at.request) stack.push(at);
    fail(
      'captive',
      `${nameOf(by.token)} outlives request-scoped ${nameOf(stack.at(-1)!.token)}; make it request-scoped too`,
      path(),
    );
  };
  const needsRequest = (entry: Entry) => entry.scope === 'request' || entry.request;

  const visit = (entry: Entry) => {
    if (entry.links) return;
    stack.push(entry);
    if (entry.found) fail('cycle', `cycle; inject one of them with lazy(() => ${nameOf(entry.token)})`, path());
    entry.found = [];
  };

  try {
    for (const start of roots) {
      visit(start);
      for (let entry = stack[0]; entry; entry = stack.at(-1)) {
        const found = entry.found!;
        const { length } = found;
        if (length < entry.deps.length) {
          const target = connect(entry.registry, entry.deps[length], path, length + 1);
          found.push(target);
          visit(target);
          if (target.kind === 'lazy') {
            lazies.push([entry, target.make as Entry]);
            roots.push(target.make as Entry);
          }
          continue;
        }
        const next = found.find(needsRequest);
        captive(entry, next);
        if (entry.scope === 'transient') entry.request = next;
        else if (entry.scope === 'request' && entry.slot < 0) {
          let top = entry.home;
          while (top.parent) top = top.parent;
          entry.slot = top.slots++;
        }
        for (const { depth } of found) if (depth >= entry.depth) entry.depth = depth + 1;
        entry.links = found;
        linked.push(entry);
        stack.pop();
      }
    }
    for (const [by, target] of lazies) {
      stack = [by];
      captive(by, needsRequest(target) ? target : undefined);
    }
  } catch (error) {
    for (const entry of linked) entry.links = undefined;
    for (const entry of stack) failed?.add(entry);
    throw error;
  } finally {
    for (const entry of [...linked, ...stack]) entry.found = undefined;
  }
}
