import type { Container, InjectionToken } from '@omnitron-dev/nexus';

/** Tokens that each token of a container needs: names may be those of several. */
export type Needs = ReadonlyMap<unknown, readonly InjectionToken[]>;

/** Reads the needs of what a container provides. What is only asked for by `inject()` does not show. */
export function needsOf(container: Container): Needs {
  const all = new Map<unknown, InjectionToken[]>();
  for (const { token, needs } of container.providers()) all.set(token, [...(all.get(token) ?? []), ...needs()]);
  return all;
}

/** Tokens of what needs, directly or not, one of these: without them it cannot be. They are among them. */
export function dependentsOf(needs: Needs, tokens: ReadonlySet<unknown>): ReadonlySet<unknown> {
  const above = new Map<unknown, unknown[]>();
  for (const [token, below] of needs) for (const each of below) above.set(each, [...(above.get(each) ?? []), token]);
  const found = new Set(tokens);
  // It grows on the way: what needs what was found is found, too.
  for (const token of found) for (const user of above.get(token) ?? []) found.add(user);
  return found;
}
