/** Options of discovery, as users give them, and their reading. */
import { dnsDiscovery, localDiscovery } from '#discovery';
import { described } from '../util/check.js';
import type { Logger } from '../util/logger.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { DiscoveryBackend } from './backend.js';
import { backendByUrl } from './by-url.js';
import type { DiscoverySettings } from './discovery-parts.js';
import { readLease } from './lease.js';
import { type NodeInfo, schemeOf } from './node-info.js';
import { checkDescription } from './read-record.js';
import { TlsNames } from './tls-names.js';
import { wantsDiscovery } from './wanted.js';

/** A registry: `true` and `'local'` for this machine, a URL, a backend, or several, which are merged. */
export type DiscoverySource = OneSource | readonly OneSource[];

type OneSource = true | 'local' | (string & {}) | DiscoveryBackend;

/** Additions of a program to the description of its node. */
export type NodeDescription = Partial<Pick<NodeInfo, 'region' | 'zone' | 'labels' | 'weight' | 'version'>>;

/** Option `discovery` in full. */
export interface DiscoveryOptions {
  /** Default `true`. */
  readonly enabled?: boolean;
  /** Registries that nodes are announced in. Default: `redis` when that is given, else `'local'`. */
  readonly backend?: DiscoverySource;
  /** A Redis server, by its URL or as options of `@omnitron-dev/netron-redis`. */
  readonly redis?:
    | string
    | { readonly host?: string; readonly port?: number; readonly password?: string; readonly [option: string]: unknown };
  /** Milliseconds between two announcements. Default 3,000. */
  readonly interval?: number;
  /** Milliseconds that an announcement counts. Default, and at least, three intervals. */
  readonly ttl?: number;
  /** Nodes with the same one see each other. Default `default`. */
  readonly namespace?: string;
  /** Facts about this node, for others. */
  readonly node?: NodeDescription;
  /** Addresses that others shall use, instead of those that the node listens on. */
  readonly advertise?: readonly string[];
  /**
   * Key, of at least 16 characters, that all nodes have: records are signed with it, and those that are not are refused.
   * Nodes are shown credentials only when their records are signed, or come from `local`, a list or the same process, or when
   * they are reached by a name of `trust`.
   */
  readonly secret?: string;
  /**
   * Names of hosts, `users.example.com` or `*.example.com`, whose nodes may be shown credentials although a registry names
   * them: over `wss:` and `tls:` alone, where the certificate proves the name. Default: none.
   */
  readonly trust?: readonly string[];
  /**
   * `used`: this node connects to nodes whose services it calls. `all`: to every node that is found, as soon as it is. Default `used`.
   */
  readonly connect?: 'used' | 'all';
  /** Whether `create` rejects when a registry cannot be reached. Default `false`: the node begins without it. */
  readonly required?: boolean;
}

const optionNames: OptionNames<DiscoveryOptions> = {
  enabled: true,
  backend: true,
  redis: true,
  interval: true,
  ttl: true,
  namespace: true,
  node: true,
  advertise: true,
  secret: true,
  trust: true,
  connect: true,
  required: true,
};

const describing: OptionNames<NodeDescription> = { region: true, zone: true, labels: true, weight: true, version: true };

/** The options of a node that concern discovery. */
export interface DiscoveryNodeOptions {
  /**
   * Announces this node and finds others: `true` for those of the same user on this machine, the URL of a registry such as
   * `redis://localhost:6379`, a backend, several of these, or all options. Default: off.
   */
  discovery?: boolean | DiscoverySource | DiscoveryOptions;
  /** The same as `discovery.enabled`. */
  discoveryEnabled?: boolean;
  /** The same as `discovery.redis`. */
  discoveryRedisUrl?: string;
  /** The same as `discovery.interval`. */
  discoveryHeartbeatInterval?: number;
  /** The same as `discovery.ttl`. */
  discoveryCleanupInterval?: number;
}

/** Result of reading the options. */
export interface ReadDiscovery {
  readonly settings: Omit<DiscoverySettings, 'startTimeout'>;
  readonly description: NodeDescription;
  readonly advertise: readonly string[] | undefined;
}

/** Characters of a namespace at most. */
const longestNamespace = 128;

/**
 * Reads the options of a node. A `ttl` below three intervals is raised, with a warning: one late announcement must not take a node out.
 *
 * @throws RangeError for times that are no numbers above 0, a secret that is too short, names of `trust` that are none, and what `connect` cannot be
 * @throws TypeError for what is no registry, unknown options, a namespace that a registry cannot have, addresses of a scheme that the
 *   node cannot connect to, and descriptions of the node that others would refuse
 * @throws NetronError `failed_precondition` when the package for a URL is not installed
 */
export async function readDiscovery(
  options: DiscoveryNodeOptions,
  { logger, schemes }: { readonly logger: Logger; readonly schemes: ReadonlySet<string> },
): Promise<ReadDiscovery | undefined> {
  const given = discoveryOptions(options);
  if (given === undefined) return undefined;
  checkOptions('discovery', given, optionNames);
  checkOptions('discovery.node', given.node, describing);
  const { namespace = 'default', required = false, node = {}, advertise, secret, trust = [] } = given;
  for (const [name, flag] of Object.entries({ enabled: given.enabled, required }))
    if (flag !== undefined && typeof flag !== 'boolean')
      throw new TypeError(`discovery: ${name} must be true or false, not ${described(flag)}`);
  checkDescription('discovery.node', node);
  // With an empty list addresses are announced that a registry adds, such as the socket of `local`.
  if (advertise !== undefined && !isEmpty(advertise)) {
    checkDescription('discovery.advertise', { addresses: advertise });
    const foreign = advertise.find((address) => !schemes.has(schemeOf(address)));
    if (foreign !== undefined)
      throw new TypeError(
        `discovery.advertise: no transport of this node connects to '${foreign}', only ${[...schemes].join(', ')}`,
      );
  }
  const { interval, ttl } = readLease(given);
  if (given.connect !== undefined && given.connect !== 'used' && given.connect !== 'all')
    throw new RangeError(`discovery: connect must be 'used' or 'all', not ${String(given.connect)}`);
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < 16))
    throw new RangeError('discovery: secret must be a string of at least 16 characters');
  if (typeof namespace !== 'string' || namespace === '' || namespace.length > longestNamespace)
    throw new TypeError(`discovery: namespace must be 1 to ${longestNamespace} characters, not ${sizeOf(namespace)}`);
  const names = new TlsNames(trust);
  if (given.ttl !== undefined && ttl > given.ttl)
    logger.warn({ ttl: given.ttl, interval, used: ttl }, 'discovery: ttl was raised to three intervals');
  const backends = await Promise.all(sourcesOf(given).map(backendOf));
  for (const backend of backends) {
    backend.checkNamespace?.(namespace);
    const { name, scheme } = backend;
    if (scheme !== undefined && !schemes.has(scheme))
      throw new TypeError(
        `discovery: no transport of this node connects to the addresses of '${name}', whose scheme is ${String(scheme)}, only ${[...schemes].join(', ')}`,
      );
  }
  return { settings: { backends, interval, ttl, namespace, required, secret, trust: names }, description: node, advertise };
}

function discoveryOptions(options: DiscoveryNodeOptions): DiscoveryOptions | undefined {
  const { discovery, discoveryRedisUrl, discoveryHeartbeatInterval, discoveryCleanupInterval } = options;
  if (!wantsDiscovery(options)) return undefined;
  // Anything else that is falsy is no registry, and refused as such.
  const none = discovery === undefined || discovery === null || discovery === false;
  // `true` says that there is discovery, not by which registry.
  const nested: DiscoveryOptions = none || discovery === true ? {} : isOptions(discovery) ? discovery : { backend: discovery };
  const flat = { redis: discoveryRedisUrl, interval: discoveryHeartbeatInterval, ttl: discoveryCleanupInterval };
  const read: Record<string, unknown> = { ...nested };
  for (const [name, given] of Object.entries(flat)) if (given !== undefined) read[name] ??= given;
  return read;
}

function sizeOf(given: unknown): string {
  return typeof given === 'string' ? `${given.length}` : described(given);
}

function isEmpty(given: unknown): boolean {
  return Array.isArray(given) && given.length === 0;
}

function isBackend(given: unknown): given is DiscoveryBackend {
  return typeof given === 'object' && given !== null && typeof (given as Partial<DiscoveryBackend>).start === 'function';
}

function isOptions(given: unknown): given is DiscoveryOptions {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !isBackend(given);
}

function sourcesOf({ backend, redis }: DiscoveryOptions): readonly unknown[] {
  if (Array.isArray(backend) && backend.length === 0) throw new TypeError('discovery: the list of registries is empty');
  if (backend !== undefined) return Array.isArray(backend) ? backend : [backend];
  return [redis === undefined ? 'local' : typeof redis === 'string' ? redis : { redis }];
}

async function backendOf(source: unknown): Promise<DiscoveryBackend> {
  if (isBackend(source)) return source;
  if (source === true || source === 'local') return localDiscovery();
  if (typeof source === 'string' && source.startsWith('dns:')) return dnsDiscovery(source);
  if (typeof source === 'string') return backendByUrl(source);
  if (typeof source === 'object' && source !== null && 'redis' in source) return backendByUrl('redis:', source.redis);
  throw new TypeError(`discovery: expected true, 'local', a URL, a backend or a list of these, not ${String(source)}`);
}
