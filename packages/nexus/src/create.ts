import { Container, open } from './container.js';
import type { CheckedAll, Provider } from './provider.js';
import { normalize } from './registry.js';
import { fill, type Source } from './source.js';

/**
 * Creates a container from a module or a list of providers, or an empty one, and checks the whole graph. Creates no
 * instances.
 *
 * @throws NexusError, or an `AggregateError` of several
 */
export function createContainer<const P extends readonly Provider[]>(source?: Source<P>): Container {
  return fill(new Container(), source as Source).validate();
}

/**
 * Creates a container for a test: the real module with some providers replaced. Lists (`multi`) are replaced as a whole.
 *
 * @param options `parent`: the container to fall back to, as a child does
 */
export function createTestContainer<const P extends readonly Provider[], const O extends readonly Provider[]>(
  source: Source<P>,
  options: { readonly override?: O & CheckedAll<O>; readonly parent?: Container } = {},
): Container {
  const { parent } = options;
  const container = fill(parent ? open(parent) : new Container(), source as Source);
  const { globals, modules } = container;
  const registries = [container.registry, ...(globals ? [globals] : []), ...(modules?.values() ?? [])];
  for (const provider of (options.override ?? []) as readonly Provider[]) {
    const { provide: token } = normalize(provider);
    // Replaced providers are not checked either.
    container.fresh = container.fresh.filter((entry) => entry.token !== token);
    const providing = registries.filter(({ entries }) => entries.has(token));
    const { registry } = providing[0]?.entries.get(token) ?? container;
    registry.entries.delete(token);
    registry.add(provider);
    const entry = registry.entries.get(token);
    if (entry) for (const { entries } of providing) entries.set(token, entry);
  }
  return container.validate();
}
