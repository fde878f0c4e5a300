import type { Container } from './container.js';
import { openModule } from './injectable.js';
import type { ModuleReference } from './module.js';
import type { CheckedAll, Provider } from './provider.js';
import { follow } from './token.js';

/** Content of a container: a module, or a list of providers. */
export type Source<P extends readonly Provider[] = readonly Provider[]> = ModuleReference | (P & CheckedAll<P>);

/** Registers a source in a container. */
export function fill(container: Container, source: Source = []): Container {
  if (Array.isArray(source)) for (const provider of source) container.registry.add(provider);
  else container.registry = openModule(follow(source)).load(container, source as ModuleReference);
  return container;
}
