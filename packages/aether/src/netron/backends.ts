/** Backends of a configuration, checked. */
import type { Container, Registered } from '@omnitron-dev/nexus';
import { AetherError } from '../reactive/error.js';
import { getBackendName, getServiceName } from './metadata.js';
import { BACKEND_CONFIG } from './tokens.js';
import type { BackendOptions, NetronModuleConfig, ServiceClass } from './types.js';

/**
 * Returns the backends by their names.
 *
 * @throws TypeError for two backends of one name, for one without an address, and for an unknown option
 * @throws AetherError `unknown_backend` if the default is not among them
 */
export function backendsOf(config: NetronModuleConfig): ReadonlyMap<string, BackendOptions> {
  const { baseUrl, backends = {}, default: first, cache: _cache, retry: _retry, ...unknown } = config;
  for (const name of Object.keys(unknown)) {
    throw new TypeError(`NetronModule: unknown option '${name}'; known: baseUrl, backends, default, cache, retry`);
  }
  const all = new Map<string, BackendOptions>();
  if (baseUrl !== undefined) all.set('main', { url: baseUrl });
  for (const [name, given] of Object.entries(backends)) {
    if (all.has(name)) throw new TypeError(`two backends are called '${name}': baseUrl is the one called 'main'`);
    const options = typeof given === 'string' ? { url: given } : given;
    if (typeof options?.url !== 'string') throw new TypeError(`expected an address or { url } for the backend '${name}'`);
    all.set(name, options);
  }
  if (first !== undefined) backendIn(all, first);
  return all;
}

/**
 * Returns the options of a backend.
 *
 * @param by code that names it, for the error
 * @throws AetherError `unknown_backend`, listing the configured ones
 */
export function backendIn(backends: ReadonlyMap<string, BackendOptions>, name: string, by = ''): BackendOptions {
  const options = backends.get(name);
  if (options !== undefined) return options;
  const known =
    [...backends.keys()].map((backend) => `'${backend}'`).join(', ') ||
    'none: configure one by NetronModule.forRoot or `backends`';
  throw new AetherError('unknown_backend', `${by}no backend '${name}'; there are ${known}`);
}

/**
 * Checks that the backend of a provided service exists, unless the configuration has not been created yet.
 *
 * @throws as `backendsOf` and `backendIn`
 */
export function checkBackend(service: ServiceClass<object>, container: Container, provided: readonly Registered[]): void {
  const name = getBackendName(service);
  if (name === undefined || provided.some(({ token, kind }) => token === BACKEND_CONFIG && kind !== 'value')) return;
  backendIn(backendsOf(container.get(BACKEND_CONFIG)), name, `service '${getServiceName(service)}': `);
}
