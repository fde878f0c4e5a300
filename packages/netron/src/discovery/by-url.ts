/** Packages for other products, found by the scheme of a URL. */
import { NetronError } from '../errors/netron-error.js';
import { thrownText } from '../util/thrown.js';
import type { DiscoveryBackend } from './backend.js';

/** The package for a URL's scheme, and its functions, which take the URL or options. */
interface Product {
  readonly package: string;
  readonly discovery?: string;
  readonly backplane?: string;
}

const redis: Product = { package: '@omnitron-dev/netron-redis', discovery: 'redisDiscovery', backplane: 'redisBackplane' };
const products: Readonly<Record<string, Product>> = {
  redis,
  rediss: redis,
  nats: { package: '@omnitron-dev/netron-nats', discovery: 'natsDiscovery', backplane: 'natsBackplane' },
  consul: { package: '@omnitron-dev/netron-consul', discovery: 'consulDiscovery' },
  kubernetes: { package: '@omnitron-dev/netron-kubernetes', discovery: 'kubernetesDiscovery' },
};

/**
 * Makes a backend from the URL of its store. The package for the store must be installed beside this one.
 *
 * @param options for the package, instead of the URL
 * @throws NetronError `invalid_argument` for an unknown scheme, `failed_precondition` when the package, or one that it needs, is missing
 */
export async function backendByUrl(url: string, options: unknown = url): Promise<DiscoveryBackend> {
  return (await madeByUrl('discovery', url, ['local', 'dns'], options)) as DiscoveryBackend;
}

/**
 * Makes a backend or backplane from the URL of a server.
 *
 * @param what kind of object to make
 * @param besides schemes that need no package
 * @throws NetronError as `backendByUrl`
 */
export async function madeByUrl(
  what: 'discovery' | 'backplane',
  url: string,
  besides: readonly string[] = [],
  options: unknown = url,
): Promise<unknown> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const found = Object.hasOwn(products, scheme) ? products[scheme] : undefined;
  const make = found?.[what];
  if (found === undefined || make === undefined) {
    const known = [...besides, ...Object.keys(products).filter((name) => products[name]?.[what] !== undefined)].join(', ');
    const kind = what === 'discovery' ? 'registry' : 'backplane';
    throw new NetronError('invalid_argument', `${what}: no ${kind} for scheme '${scheme}' (known: ${known})`);
  }
  const { package: name } = found;
  let exported: Record<string, unknown>;
  try {
    // Through a variable, so that bundlers do not look for an optional package.
    exported = (await import(/* @vite-ignore */ name)) as Record<string, unknown>;
  } catch (error) {
    throw new NetronError('failed_precondition', `${what} ${scheme}: ${whyNotLoaded(name, error)}`, { cause: error });
  }
  return (exported[make] as (given: unknown) => unknown)(options);
}

/** Name of the package that an import has not found, in the messages of Node, Deno and Bun. */
const notFound = /find (?:package|module) ["'](?<missing>(?:@[\w.-]+\/)?\w[\w.-]*)/i;

/** Returns the reason why a package could not be loaded, with the command that installs it, or a package that it needs, if missing. */
export function whyNotLoaded(name: string, error: unknown): string {
  const text = thrownText(error);
  const missing = notFound.exec(text)?.groups?.missing;
  if (missing === undefined) return `cannot load package ${name}: ${text}`;
  if (missing === name) return `package ${name} is not installed: npm install ${name}`;
  return `package ${name} requires ${missing}: npm install ${missing}`;
}
