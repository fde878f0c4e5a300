import type { Container } from '@omnitron-dev/nexus';
import type { ServiceFacts } from '../service/service-facts.js';
import type { GraphService } from './placement.js';

/** A class or object that is a service, with its facts. */
export interface KnownService {
  readonly target: unknown;
  readonly facts: ServiceFacts;
}

/** Names of tokens that `remote()` makes. */
const client = /^"remote ([^@"]+)/;

/** Finds what each service calls and holds, by the graph of the container. What is only asked for by `inject()` does not show. */
export function graphOf(container: Container, services: readonly KnownService[]): GraphService[] {
  const { nodes, edges } = container.graph();
  const below = new Map<number, number[]>();
  for (const { from, to } of edges) below.set(from, [...(below.get(from) ?? []), to]);
  const nameOf = new Map(nodes.map(({ id, name }) => [id, name]));
  const byClass = new Map(
    services.flatMap(({ target, facts }) => (typeof target === 'function' ? [[target.name, facts.name] as const] : [])),
  );
  return services.map(({ target, facts }) => {
    const own = typeof target === 'function' ? nodes.filter(({ name }) => name === target.name).map(({ id }) => id) : [];
    const clients = new Set<string>();
    const holds = new Map<string, readonly string[]>();
    const seen = new Set<number>();
    const visit = (id: number, path: readonly string[]): void => {
      if (seen.has(id)) return;
      seen.add(id);
      for (const next of below.get(id) ?? []) {
        const name = nameOf.get(next) ?? '';
        const called = client.exec(name)?.[1];
        const held = byClass.get(name);
        if (called !== undefined) clients.add(called);
        else if (held !== undefined && held !== facts.name) holds.set(held, [...path, name]);
        else visit(next, [...path, name]);
      }
    };
    for (const id of own) visit(id, [(target as { name: string }).name]);
    return {
      name: facts.name,
      clients: [...clients],
      holds: [...holds].map(([name, path]) => ({ name, path })),
      streams: Object.entries(facts.contract).flatMap(([name, { stream }]) => (stream ? [name] : [])),
    };
  });
}

/**
 * Names of providers that need, directly or not, one of these classes: without them they cannot be.
 *
 * @param classes names of classes that are not created here
 */
export function dependentsOf(container: Container, classes: ReadonlySet<string>): ReadonlySet<string> {
  const { nodes, edges } = container.graph();
  const above = new Map<number, number[]>();
  for (const { from, to } of edges) above.set(to, [...(above.get(to) ?? []), from]);
  const found = new Set(nodes.filter(({ name }) => classes.has(name)).map(({ id }) => id));
  // It grows on the way: what needs what was found is found, too.
  for (const id of found) for (const user of above.get(id) ?? []) found.add(user);
  return new Set(nodes.filter(({ id }) => found.has(id)).map(({ name }) => name));
}
