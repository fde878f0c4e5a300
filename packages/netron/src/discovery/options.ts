/** Options of discovery, and their reading. */
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

/** A registry: `true` or `'local'` for this machine, a URL, a backend, or a list of these, which are merged. */
export type DiscoverySource = OneSource | readonly OneSource[];

type OneSource = true | 'local' | (string & {}) | DiscoveryBackend;

/** Facts that a program adds to the description of its node. */
export type NodeDescription = Partial<Pick<NodeInfo, 'region' | 'zone' | 'labels' | 'weight' | 'version'>>;

/** Option `discovery` in its full form. */
export interface DiscoveryOptions {
  /** Whether discovery is on. Default `true`. */
  readonly enabled?: boolean;
  /** Registries in which nodes are announced. Default: `redis` when that is given, otherwise `'local'`. */
  readonly backend?: DiscoverySource;
  /** A Redis server, by its URL or as options of `@omnitron-dev/netron-redis`. */
  readonly redis?:
    | string
    | { readonly host?: string; readonly port?: number; readonly password?: string; readonly [option: string]: unknown };
  /** Milliseconds between two announcements. Default 3,000. */
  readonly interval?: number;
  /** Milliseconds for which an announcement is valid. Default and minimum: three intervals. */
  readonly ttl?: number;
  /** Nodes with the same namespace see each other. Default `default`. */
  readonly namespace?: string;
  /** Facts about this node for others. */
  readonly node?: NodeDescription;
  /** Addresses that other nodes should use instead of those on which this node listens. */
  readonly advertise?: readonly string[];
  /**
   * Key, of at least 16 characters, that all nodes share: records are signed with it, and records without a valid signature are refused.
   * Credentials are presented only to nodes whose records are signed, or come from `local`, a list or the same process, or
   * whose address has a name in `trust`.
   */
  readonly secret?: string;
  /**
   * Host names, `users.example.com` or `*.example.com`, whose nodes may receive credentials although only a registry lists
   * them: only over `wss:` and `tls:`, where the certificate proves the name. Default: none.
   */
  readonly trust?: readonly string[];
  /**
   * `used`: this node connects to nodes whose services it calls. `all`: it connects to every node as soon as it is found. Default `used`.
   */
  readonly connect?: 'used' | 'all';
  /** Whether `create` rejects when a registry cannot be reached. Default `false`: the node starts without it. */
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

/** Options of a node that concern discovery. */
export interface DiscoveryNodeOptions {
  /**
   * Announces this node and finds others: `true` for nodes of the same user on this machine, the URL of a registry such as
   * `redis://localhost:6379`, a backend, a list of these, or all options. Default: off.
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

/** Maximum length of a namespace. */
const longestNamespace = 128;

/**
 * Reads the options of a node. A `ttl` below three intervals is raised, with a warning: one late announcement must not remove a node.
 *
 * @throws RangeError for times that are not numbers above 0, a secret that is too short, invalid names in `trust`, and an invalid `connect`
 * @throws TypeError for an invalid registry, unknown options, a namespace that a registry does not allow, addresses with a scheme that the
 *   node cannot connect to, and a description of the node that others would refuse
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
      throw new TypeError(`discovery: ${name} must be a boolean, not ${described(flag)}`);
  checkDescription('discovery.node', node);
  // With an empty list, only addresses that a registry adds are announced, such as the socket of `local`.
  if (advertise !== undefined && !isEmpty(advertise)) {
    checkDescription('discovery.advertise', { addresses: advertise });
    const foreign = advertise.find((address) => !schemes.has(schemeOf(address)));
    if (foreign !== undefined)
      throw new TypeError(
        `discovery.advertise: no transport of this node supports '${foreign}'; supported schemes: ${[...schemes].join(', ')}`,
      );
  }
  const { interval, ttl } = readLease(given);
  if (given.connect !== undefined && given.connect !== 'used' && given.connect !== 'all')
    throw new RangeError(`discovery: connect must be 'used' or 'all', not ${String(given.connect)}`);
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < 16))
    throw new RangeError('discovery: secret must be a string of at least 16 characters');
  if (typeof namespace !== 'string' || namespace === '' || namespace.length > longestNamespace)
    throw new TypeError(`discovery: namespace must have 1 to ${longestNamespace} characters, not ${sizeOf(namespace)}`);
  const names = new TlsNames(trust);
  if (given.ttl !== undefined && ttl > given.ttl)
    logger.warn({ ttl: given.ttl, interval, used: ttl }, 'discovery: ttl raised to three intervals');
  const backends = await Promise.all(sourcesOf(given).map(backendOf));
  for (const backend of backends) {
    backend.checkNamespace?.(namespace);
    const { name, scheme } = backend;
    if (scheme !== undefined && !schemes.has(scheme))
      throw new TypeError(
        `discovery: no transport of this node supports scheme ${String(scheme)} of '${name}'; supported schemes: ${[...schemes].join(', ')}`,
      );
  }
  return { settings: { backends, interval, ttl, namespace, required, secret, trust: names }, description: node, advertise };
}

function discoveryOptions(options: DiscoveryNodeOptions): DiscoveryOptions | undefined {
  const { discovery, discoveryRedisUrl, discoveryHeartbeatInterval, discoveryCleanupInterval } = options;
  if (!wantsDiscovery(options)) return undefined;
  // Any other falsy value is refused as an invalid registry.
  const none = discovery === undefined || discovery === null || discovery === false;
  // `true` turns discovery on without naming a registry.
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
  if (Array.isArray(backend) && backend.length === 0) throw new TypeError('discovery: backend must not be an empty array');
  if (backend !== undefined) return Array.isArray(backend) ? backend : [backend];
  return [redis === undefined ? 'local' : typeof redis === 'string' ? redis : { redis }];
}

async function backendOf(source: unknown): Promise<DiscoveryBackend> {
  if (isBackend(source)) return source;
  if (source === true || source === 'local') return localDiscovery();
  if (typeof source === 'string' && source.startsWith('dns:')) return dnsDiscovery(source);
  if (typeof source === 'string') return backendByUrl(source);
  if (typeof source === 'object' && source !== null && 'redis' in source) return backendByUrl('redis:', source.redis);
  throw new TypeError(`discovery must be true, 'local', a URL, a backend or an array of these, not ${String(source)}`);
}
