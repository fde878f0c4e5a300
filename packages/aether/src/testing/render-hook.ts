import type { Container } from '@omnitron-dev/nexus';
import { createApp } from '../di/app.js';
import { provideContainer } from '../di/container.js';
import { createRoot } from '../reactive/owner.js';
import type { MountOptions } from './mount.js';

/** A hook that was called as in a component. */
export interface RenderedHook<T> extends AsyncDisposable {
  readonly result: T;
  readonly container: Container;
  /** Disposes the owner of the hook and its container. */
  end(): Promise<void>;
}

/**
 * Calls a hook in an owner with a container, as the setup of a component does. Needs no page.
 *
 * ```ts
 * await using hook = renderHook(() => useQuery(UserService, 'getUsers'), { module: AppModule });
 * await until(hook.result.data);
 * ```
 */
export function renderHook<T>(hook: () => T, { module, providers = [] }: Omit<MountOptions, 'target'> = {}): RenderedHook<T> {
  const { container } = module === undefined ? createApp(providers) : createApp(module, { providers });
  return createRoot((dispose) => {
    provideContainer(container);
    const end = async () => {
      dispose();
      await container.dispose();
    };
    return { result: hook(), container, end, [Symbol.asyncDispose]: end };
  });
}
