/** Backends of a configuration, checked. */
import { HttpCacheManager, knownOptions, onlyOptions, RetryManager } from '@omnitron-dev/netron-browser';
import type { Container, Registered } from '@omnitron-dev/nexus';
import { rootChecks } from '../di/app.js';
import { AetherError } from '../reactive/error.js';
import { getBackendName, getServiceName } from './metadata.js';
import { BACKEND_CONFIG, configOf } from './tokens.js';
import type { BackendOptions, NetronModuleConfig, ServiceClass } from './types.js';

const moduleNames: Record<keyof NetronModuleConfig, true> = {
  baseUrl: true,
  backends: true,
  default: true,
  cache: true,
  retry: true,
};

/**
 * Returns the backends by their names.
 *
 * @throws TypeError for two backends of one name, for one without an address, and for an unknown option, which `HttpRemotePeer` would refuse
 *   on first use of the backend
 * @throws AetherError `unknown_backend` if the default is not among them
 */
export function backendsOf(config: NetronModuleConfig): ReadonlyMap<string, BackendOptions> {
  checkNames('NetronModule', config, moduleNames);
  const { baseUrl, backends = {}, default: first } = config;
  // The layer sets the other two.
  const { name: _name, recordWrites: _record, ...known } = { url: true, ...knownOptions.peer } as Record<string, unknown>;
  const all = new Map<string, BackendOptions>();
  if (baseUrl !== undefined) all.set('main', { url: baseUrl });
  for (const [name, given] of Object.entries(backends)) {
    const where = `backend '${name}'`;
    if (all.has(name)) throw new TypeError(`${where} is given twice: baseUrl is the address of 'main'`);
    const options = typeof given === 'string' ? { url: given } : given;
    checkNames(where, options, known);
    if (typeof options.url !== 'string') throw new TypeError(`${where}: url must be an address, not ${String(options.url)}`);
    all.set(name, options);
  }
  if (first !== undefined) backendIn(all, first);
  return all;
}

/** Checks the names of options, those of cache and retries included. */
function checkNames(where: string, options: Pick<BackendOptions, 'cache' | 'retry'>, names: object): void {
  onlyOptions(where, options, names);
  const { cache, retry } = options;
  if (cache && !(cache instanceof HttpCacheManager)) onlyOptions(`${where}, cache`, cache, knownOptions.cache);
  if (retry && !(retry instanceof RetryManager)) onlyOptions(`${where}, retry`, retry, knownOptions.retry);
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
  const known = [...backends.keys()].join(', ') || 'none; configure one by NetronModule.forRoot or `backends`';
  throw new AetherError('unknown_backend', `${by}unknown backend '${name}'; known: ${known}`);
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

rootChecks.push((root) => backendsOf(configOf(root)));
