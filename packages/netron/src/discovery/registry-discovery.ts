/** Services in a registry, for programs without a node: announces registrations through one backend per node. */
import { consoleLogger, random, randomBytes, systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import type { HealthStatus } from '../util/health-status.js';
import { type Logger, leveled } from '../util/logger.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { randomId } from '../util/random-id.js';
import type { DiscoveryBackend } from './backend.js';
import { Discovery } from './discovery.js';
import { type Lease, readLease } from './lease.js';
import type { NodeInfo, ServiceInfo, ServiceQuery } from './node-info.js';
import { descriptionFault } from './read-record.js';
import type { ServiceDiscovery, ServiceRegistration } from './service-discovery.js';

/** Settings of a registry that is used without a node. */
export interface RegistryConfig {
  /** Milliseconds between two announcements. Default 3,000. */
  readonly interval?: number;
  /** Milliseconds for which an announcement is valid; default and minimum: three intervals. */
  readonly ttl?: number;
  /** Registries and nodes with the same namespace see each other. Default `default`. */
  readonly namespace?: string;
  /** Key of at least 16 characters: records are signed with it, and records without a valid signature are refused. */
  readonly secret?: string;
  /** Default: the platform's clock. */
  readonly clock?: Clock;
}

const names: OptionNames<RegistryConfig> = { interval: true, ttl: true, namespace: true, secret: true, clock: true };

/** Schemes of addresses that a registry may list: the program itself connects to them. */
const schemes: ReadonlySet<string> = new Set(['ws', 'wss', 'tcp', 'tls', 'unix', 'pipe', 'memory', 'http', 'https']);
/** Schemes of transports that have another name. */
const schemeOf: Readonly<Record<string, string>> = { websocket: 'ws' };
/** Milliseconds that a registry has to answer at first; attempts continue after that. */
const startTimeout = 10_000;

/** A node whose services are announced. */
interface Announced {
  readonly discovery: Discovery;
  readonly services: Map<string, ServiceRegistration>;
}

/** Base class for the registries of packages, such as `RedisDiscovery`: a `ServiceDiscovery` on any backend. */
export class RegistryDiscovery implements ServiceDiscovery, AsyncDisposable {
  readonly #backend: () => DiscoveryBackend;
  /** The first backend, made at once; used for whatever is needed first. */
  #first: DiscoveryBackend | undefined;
  readonly #logger: Logger;
  readonly #config: RegistryConfig;
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Announced>();
  #reader: Promise<Discovery> | undefined;
  #closed = false;

  /**
   * @param backend makes a backend of the registry, one for each node and one for reading; called at once for the first
   * @param more names of further settings of a package's registry
   * @throws RangeError for times that are not numbers above 0; TypeError for unknown settings and an invalid namespace;
   *   any error of `backend`
   */
  constructor(
    backend: () => DiscoveryBackend,
    logger?: Logger,
    config: RegistryConfig = {},
    more: Readonly<Record<string, true>> = {},
  ) {
    checkOptions(new.target.name, config, { ...names, ...more });
    const { clock = systemClock } = config;
    this.#backend = backend;
    this.#clock = clock;
    this.#logger = logger ?? leveled(consoleLogger, 'warn', clock);
    this.#config = config;
    this.#lease = readLease(config);
    // Invalid options are refused here instead of at the first registration.
    this.#first = backend();
    this.#first.checkNamespace?.(config.namespace ?? 'default');
  }

  /** @throws NetronError `invalid_argument` for a service without name, version or address, or with a description that others would refuse */
  async register(service: ServiceRegistration): Promise<void> {
    this.#check();
    const { name, version } = service;
    for (const [field, value] of Object.entries({ name, version, address: service.address }))
      if (typeof value !== 'string' || value === '')
        throw new NetronError('invalid_argument', `register: ${field} must be a non-empty string, not ${String(value)}`);
    const id = nodeOf(service);
    const fault = descriptionFault(describe(id, 'run', 0, [service]));
    if (fault !== undefined) throw new NetronError('invalid_argument', `register: ${fault}`);
    const known = this.#nodes.get(id);
    if (known !== undefined) {
      known.services.set(keyOf(service), service);
      known.discovery.announce();
      return;
    }
    const services = new Map([[keyOf(service), service]]);
    const [instance, started] = [randomId(randomBytes), Math.floor(this.#clock.wall())];
    const discovery = this.#discovery(() => describe(id, instance, started, [...services.values()]));
    this.#nodes.set(id, { discovery, services });
    await discovery.start();
  }

  async unregister(id: string): Promise<void> {
    for (const [node, { discovery, services }] of this.#nodes) {
      for (const [key, service] of services) {
        if (id !== service.id && id !== `${node}/${key}`) continue;
        services.delete(key);
        if (services.size > 0) return discovery.announce();
        this.#nodes.delete(node);
        return discovery.stop();
      }
    }
  }

  async discover(query: ServiceQuery): Promise<ServiceInfo[]> {
    return (await this.#read()).discover(query);
  }

  watch(query: ServiceQuery, callback: (services: ServiceInfo[]) => void): () => void {
    let end: (() => void) | undefined;
    let ended = false;
    this.#read().then(
      (reader) => {
        if (!ended) end = reader.watch(query, callback);
      },
      (error: unknown) => this.#logger.error({ error: NetronError.from(error).message }, 'discovery: cannot watch services'),
    );
    return () => {
      ended = true;
      end?.();
    };
  }

  async health(id: string): Promise<HealthStatus> {
    const reader = await this.#read();
    for (const [node, { services }] of this.#nodes)
      for (const [key, service] of services) if (id === service.id) return reader.health(`${node}/${key}`);
    return reader.health(id);
  }

  /** Withdraws all registrations and stops. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const [reader, unused] = [this.#reader, this.#first];
    this.#first = undefined;
    const ending = [...this.#nodes.values()].map(({ discovery }) => discovery.stop());
    this.#nodes.clear();
    await Promise.all([...ending, unused?.stop(), reader?.then((found) => found.stop())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(): Promise<Discovery> {
    this.#check();
    this.#reader ??= (async () => {
      const reader = this.#discovery(() => describe(`reader-${randomId(randomBytes)}`, '', 0, []));
      await reader.start();
      return reader;
    })();
    return this.#reader;
  }

  #discovery(own: () => NodeInfo): Discovery {
    const { namespace = 'default', secret } = this.#config;
    const { interval, ttl } = this.#lease;
    const [clock, logger] = [this.#clock, this.#logger];
    const refused = async (): Promise<never> => {
      throw new NetronError('failed_precondition', 'this registry requires a listening node');
    };
    const backend = this.#first ?? this.#backend();
    this.#first = undefined;
    return new Discovery(
      { clock, random, logger, schemes, own, connected: () => false, listen: refused },
      { backends: [backend], interval, ttl, namespace, secret, required: false, startTimeout },
    );
  }

  #check(): void {
    if (this.#closed) throw new NetronError('failed_precondition', 'the registry was closed');
  }
}

function keyOf({ name, version }: ServiceRegistration): string {
  return `${name}@${version}`;
}

/** Returns the id of a service's node. */
function nodeOf(service: ServiceRegistration): string {
  const { id, node } = service;
  const suffix = `/${keyOf(service)}`;
  return node?.id ?? (id?.endsWith(suffix) === true ? id.slice(0, -suffix.length) : (id ?? addressOf(service)));
}

function addressOf({ address, port, transports = ['websocket'] }: ServiceRegistration): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) && !/^[^/]*:\d+$/.test(address)) return address;
  const scheme = schemeOf[transports[0] ?? ''] ?? transports[0] ?? 'ws';
  return `${scheme}://${address}${port === undefined ? '' : `:${port}`}`;
}

function describe(id: string, instance: string, started: number, services: readonly ServiceRegistration[]): NodeInfo {
  const described = Object.assign({}, ...services.map(({ node }) => node)) as Partial<NodeInfo>;
  return {
    labels: {},
    weight: 1,
    status: 'up',
    ...described,
    ...{ id, instance, started },
    addresses: [...new Set(services.map(addressOf))],
    services: services.map(keyOf),
  };
}
