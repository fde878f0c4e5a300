/** Containers in the tree of owners, for components below a `Provide` or in an application. */
import type { Container } from '@omnitron-dev/nexus';
import { AetherError } from '../reactive/error.js';
import { activeScope, currentScope, provide } from '../reactive/owner.js';

/** Key of the container among the values of an owner. Registered, so that two copies of the package share it. */
const key = Symbol.for('@omnitron-dev/aether/container');

/** Gives a container to the current owner and to everything that is created in it from now on. */
export function provideContainer(container: Container): void {
  provide(currentScope('provideContainer'), key, container);
}

/** Returns the container of the current owner; `undefined` when there is none. */
export function findContainer(): Container | undefined {
  return activeScope()?.context?.[key] as Container | undefined;
}

/**
 * Returns the container of the current component, for use after an `await` or in an event handler, where `inject()` does not
 * work.
 *
 * @throws AetherError `no_container` outside of an application and of `Provide`
 */
export function useInjector(): Container {
  const container = findContainer();
  if (container !== undefined) return container;
  throw new AetherError(
    'no_container',
    'useInjector() found no container: call it in a component below createApp() or <Provide>',
  );
}
