import type { Container, InjectionToken } from '@omnitron-dev/nexus';

/** Dependencies of each token of a container. */
export type Needs = ReadonlyMap<unknown, readonly InjectionToken[]>;

/** Reads the dependencies of the providers of a container. Those requested only with `inject()` are not included. */
export function needsOf(container: Container): Needs {
  const all = new Map<unknown, InjectionToken[]>();
  for (const { token, needs } of container.providers()) all.set(token, [...(all.get(token) ?? []), ...needs()]);
  return all;
}

/** Returns the tokens that depend, directly or not, on one of these, including these. */
export function dependentsOf(needs: Needs, tokens: ReadonlySet<unknown>): ReadonlySet<unknown> {
  const above = new Map<unknown, unknown[]>();
  for (const [token, below] of needs) for (const each of below) above.set(each, [...(above.get(each) ?? []), token]);
  const found = new Set(tokens);
  // It grows during the loop, which also finds indirect dependents.
  for (const token of found) for (const user of above.get(token) ?? []) found.add(user);
  return found;
}
