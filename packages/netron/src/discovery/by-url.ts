import { NetronError } from '../errors/netron-error.js';
import type { DiscoveryBackend } from './backend.js';

/** The package for a URL's scheme, and its function that makes a backend of the URL or of options. */
const packages: Readonly<Record<string, readonly [name: string, make: string]>> = {
  redis: ['@omnitron-dev/netron-redis', 'redisDiscovery'],
  rediss: ['@omnitron-dev/netron-redis', 'redisDiscovery'],
  nats: ['@omnitron-dev/netron-nats', 'natsDiscovery'],
  consul: ['@omnitron-dev/netron-consul', 'consulDiscovery'],
  kubernetes: ['@omnitron-dev/netron-kubernetes', 'kubernetesDiscovery'],
};

/**
 * A backend by the URL of its store. The package that knows the store has to be installed beside this one.
 *
 * @param options for the package, instead of the URL
 * @throws NetronError `invalid_argument` for schemes that nobody knows, `failed_precondition` without the package
 */
export async function backendByUrl(url: string, options: unknown = url): Promise<DiscoveryBackend> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const found = Object.hasOwn(packages, scheme) ? packages[scheme] : undefined;
  if (found === undefined) {
    const known = Object.keys(packages).join(', ');
    throw new NetronError('invalid_argument', `discovery: no registry for the scheme '${scheme}' (known: local, dns, ${known})`);
  }
  const [name, make] = found;
  let exported: Record<string, unknown>;
  try {
    // By a variable: bundlers shall not look for a package that is not there.
    exported = (await import(/* @vite-ignore */ name)) as Record<string, unknown>;
  } catch (error) {
    throw new NetronError('failed_precondition', `discovery by ${scheme}: needs the package ${name}`, { cause: error });
  }
  return (exported[make] as (given: unknown) => DiscoveryBackend)(options);
}
