import type { InjectionToken } from '@omnitron-dev/nexus';
import type { ServiceFacts } from '../service/service-facts.js';
import type { Needs } from './needs.js';
import type { GraphService } from './placement.js';

/** A class or object that is a service, with its properties. */
export interface KnownService {
  readonly target: unknown;
  readonly facts: ServiceFacts;
}

/** Description of tokens that `remote()` creates. */
const client = /^remote ([^@]+)/;

const nameOf = (token: InjectionToken): string => (typeof token === 'function' ? token.name : token.description);

/** Finds the services that each service calls, and those that are injected into it. */
export function graphOf(needs: Needs, services: readonly KnownService[]): GraphService[] {
  const byClass = new Map(
    services.flatMap(({ target, facts }) => (typeof target === 'function' ? [[target, facts.name]] : [])) as [unknown, string][],
  );
  return services.map(({ target, facts }) => {
    const clients = new Set<string>();
    const holds = new Map<string, readonly string[]>();
    const seen = new Set<unknown>();
    const visit = (token: InjectionToken, path: readonly string[]): void => {
      if (seen.has(token)) return;
      seen.add(token);
      const way = [...path, nameOf(token)];
      for (const next of needs.get(token) ?? []) {
        const called = typeof next === 'function' ? undefined : client.exec(next.description)?.[1];
        const held = byClass.get(next);
        if (called !== undefined) clients.add(called);
        else if (held !== undefined && held !== facts.name) holds.set(held, [...way, nameOf(next)]);
        else visit(next, way);
      }
    };
    if (typeof target === 'function') visit(target as unknown as InjectionToken, []);
    return {
      name: facts.name,
      clients: [...clients],
      holds: [...holds].map(([name, path]) => ({ name, path })),
      streams: Object.entries(facts.contract).flatMap(([name, { stream }]) => (stream ? [name] : [])),
    };
  });
}
