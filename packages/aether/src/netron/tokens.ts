/** Tokens of the Netron layer. Each has a default, so that a page with one address needs only that address. */
import { HttpCacheManager, RetryManager } from '@omnitron-dev/netron-browser';
import { createToken, inject, type ModuleOptions, type ModuleReference, moduleOptions } from '@omnitron-dev/nexus';
import { ROOT_MODULE } from '../di/app.js';
import type { Backends, NetronModuleConfig } from './types.js';

declare module '@omnitron-dev/nexus' {
  interface ModuleOptions {
    /** Backends of the application, for its root module. */
    readonly backends?: Backends;
    /** Name of the backend of services that set none. Default: the first. */
    readonly default?: string;
  }
}

/** Configuration of the backends. Default: `backends` of the root module. */
export const BACKEND_CONFIG = createToken<NetronModuleConfig>('aether.backend-config', {
  factory: () => {
    const root = inject(ROOT_MODULE);
    return root ? configOf(root) : {};
  },
});

/** Cache of all backends. */
export const CACHE_MANAGER = createToken<HttpCacheManager>('aether.cache-manager', {
  factory: () => new HttpCacheManager(inject(BACKEND_CONFIG).cache ?? {}),
});

/** Retries of all backends; with `undefined`, only calls that request it are retried. */
export const RETRY_MANAGER = createToken<RetryManager | undefined>('aether.retry-manager', {
  factory: () => {
    const { retry } = inject(BACKEND_CONFIG);
    return retry && new RetryManager(retry);
  },
});

/** Returns the configuration in the options of a root module. */
export function configOf(root: ModuleReference): NetronModuleConfig {
  const { backends, default: name } = optionsOf(root) ?? {};
  return { backends, default: name };
}

function optionsOf(module: ModuleReference): Pick<ModuleOptions, 'backends' | 'default'> | undefined {
  if (typeof module === 'object' && 'module' in module) return { ...optionsOf(module.module), ...module };
  return moduleOptions(module) ?? (typeof module === 'function' ? optionsOf((module as () => ModuleReference)()) : undefined);
}
