import type { Container } from './container.js';
import type { ModuleOptions, ModuleReference } from './module.js';
import type { Registry } from './registry.js';

/** Where a module keeps its {@link Definition}. */
export const definition = Symbol.for('nexus.module');

/** What makes something a module. It brings the loader along: programs without modules do not contain it. */
export interface Definition {
  readonly options: ModuleOptions;
  readonly load: (container: Container, root: ModuleReference) => Registry;
}

/** The definition of a module; `undefined` for anything that is none. Not inherited. */
export function definitionOf(module: unknown): Definition | undefined {
  return module && Object.hasOwn(module, definition) ? (module as { [definition]: Definition })[definition] : undefined;
}
