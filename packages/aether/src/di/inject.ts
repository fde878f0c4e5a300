import { current, type InjectOptions, inject as injectInside, type Reference } from '@omnitron-dev/nexus';
import { AetherError } from '../reactive/error.js';
import { findContainer } from './container.js';

/**
 * Returns a dependency. In a component's setup, it comes from the nearest container above; in a constructor, a factory or
 * `container.run()`, from the container that runs it. Works until the first `await`: afterwards use the result of
 * `useInjector()`.
 *
 * ```ts
 * const users = inject(UserStore);
 * ```
 *
 * @throws AetherError `no_container` elsewhere
 * @throws NexusError `missing`, `cycle`, `captive`, `async`
 */
export function inject<T>(token: Reference<T>, options: InjectOptions & { readonly optional: true }): T | undefined;
export function inject<T>(token: Reference<T>, options?: InjectOptions): T;
export function inject<T>(token: Reference<T>, options?: InjectOptions): T | undefined {
  if (current() !== undefined) return injectInside(token, options);
  const container = findContainer();
  if (container === undefined) {
    throw new AetherError(
      'no_container',
      'inject() found no container: call it in a component below createApp() or <Provide>, before the first await; later, use useInjector()',
    );
  }
  return container.run(() => injectInside(token, options));
}
