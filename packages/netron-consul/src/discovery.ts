/** Announces a node as a service of a Consul agent with a check that expires, and discovers the others by blocking queries. */
import { checkOptions, type OptionNames } from '@omnitron-dev/netron';
import {
  type Announcement,
  type DiscoveryBackend,
  runOf,
  type Store,
  type StoreHost,
  storeBackend,
} from '@omnitron-dev/netron/discovery';
import {
  type Agent,
  ConsulApi,
  type ConsulOptions,
  type ConsulRequests,
  type Entry,
  type Listing,
  type Registration,
  readAgent,
} from './api.js';
import { ClientRequests, type ConsulClient, isClient } from './client.js';
import { fromMeta, toMeta } from './record.js';

/** Milliseconds for which a blocking query waits for changes. */
const longestWait = 60_000;
/** Least milliseconds between two queries, since an index may change for unrelated reasons. */
const restTime = 200;

/**
 * Announces a node through a Consul agent.
 *
 * @param agent its address, options, or a client of the package `consul`; a client is polled once per interval, without blocking queries
 * @param names options for the names of entries, in addition to a client
 * @throws TypeError for unknown options
 */
export function consulDiscovery(agent: ConsulConnection = {}, names: ConsulNameOptions = {}): DiscoveryBackend {
  checkOptions('consulDiscovery', names, besideNames);
  const given = typeof agent === 'string' ? { url: agent } : agent;
  const prefix = names.prefix ?? ('prefix' in given ? given.prefix : undefined) ?? 'netron';
  const requests = isClient(given) ? clientOf(given) : apiOf(readAgent(given));
  return storeBackend('consul', (host) => new ConsulStore(requests(host), prefix, host));
}

const clientOf = (client: ConsulClient) => (host: StoreHost) => new ClientRequests(client, host);
const apiOf = (agent: Agent) => (host: StoreHost) => new ConsulApi(agent, host);

/** A Consul agent: its address, options, or an existing client. */
export type ConsulConnection = string | ConsulOptions | ConsulClient;

/** Options in addition to an agent. */
export interface ConsulNameOptions {
  /** Prefix of the service's name in Consul. Default: that of the options, otherwise `netron`. */
  readonly prefix?: string;
}

/** Names of the options in addition to an agent. */
export const besideNames: OptionNames<ConsulNameOptions> = { prefix: true };

class ConsulStore implements Store {
  readonly #host: StoreHost;
  readonly #requests: ConsulRequests;
  /** Name of the service in Consul, and id of this run's entry. */
  readonly #service: string;
  readonly #entry: string;
  #sent = '';
  #index = 0;
  #watching = false;
  #listed = new Set<string>();
  /** Ends the pause between two queries. */
  #wake = (): void => {};

  constructor(requests: ConsulRequests, prefix: string, host: StoreHost) {
    this.#host = host;
    this.#requests = requests;
    this.#service = `${prefix}-${host.namespace}`;
    this.#entry = `${this.#service}-${host.own().instance}`;
  }

  async beat(): Promise<void> {
    await this.#announce();
    await this.#ask();
    if (this.#requests.waits && !this.#watching) void this.#watch();
  }

  async leave(): Promise<void> {
    if (this.#sent !== '') await this.#requests.deregister(this.#entry);
  }

  close(): void {
    this.#wake();
  }

  async #announce(): Promise<void> {
    const own = this.#host.announcement();
    if (own === undefined) return;
    if (own.record === this.#sent) {
      // The name that an agent gives to the check of a service.
      if (await this.#requests.pass(`service:${this.#entry}`)) return;
      this.#startOver();
    }
    await this.#requests.register(this.#registration(own));
    this.#sent = own.record;
  }

  #registration({ addresses: [address], services, record }: Announcement): Registration {
    const { ttl } = this.#host;
    const at = /^[a-z]+:\/\/(\[[^\]]+\]|[^:/]+):(\d+)/.exec(address as string);
    return {
      Name: this.#service,
      ID: this.#entry,
      ...(at !== null && { Address: at[1] as string, Port: Number(at[2]) }),
      Tags: services,
      Meta: toMeta(record),
      Check: {
        TTL: `${ttl}ms`,
        Status: 'passing',
        // Consul's minimum; a service with a failing check is not listed from the first moment.
        DeregisterCriticalServiceAfter: `${Math.max(60_000, ttl)}ms`,
      },
    };
  }

  async #ask(index = 0): Promise<void> {
    const before = this.#index;
    const listing = await this.#requests.list(this.#service, index, longestWait);
    // Another query was answered in the meantime, with a newer result.
    if (listing.index >= before && listing.index < this.#index) return;
    // A lower index belongs to another store: all nodes get time to announce themselves there.
    if (listing.index < before) this.#host.grace.begin();
    this.#index = listing.index;
    this.#take(listing);
  }

  /** Queries for changes until a query fails; the next heartbeat starts again. */
  async #watch(): Promise<void> {
    const { clock } = this.#host;
    this.#watching = true;
    try {
      // Without an index there is nothing to wait for.
      while (!this.#host.ended.aborted && this.#index > 0) {
        const began = clock.now();
        await this.#ask(this.#index);
        await this.#rest(restTime - (clock.now() - began));
      }
    } catch {
      // The heartbeat reports the failure.
    }
    this.#watching = false;
  }

  async #rest(ms: number): Promise<void> {
    if (ms <= 0) return;
    const { clock } = this.#host;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, ms, true);
      this.#wake = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  #take({ entries }: Listing): void {
    const { view, grace } = this.#host;
    const own = this.#host.own();
    const { latest, strange } = read(entries);
    const mine = entries.some(({ id }) => id === this.#entry);
    const rival = latest.get(own.id)?.instance;
    if (mine && rival !== undefined && rival !== own.instance) this.#giveUp(rival);
    if (!mine && this.#sent !== '') {
      this.#startOver();
      this.#host.ask();
    }
    for (const record of [...[...latest.values()].map((entry) => entry.record), ...strange]) view.put(record);
    for (const id of latest.keys()) this.#listed.add(id);
    if (grace.active) return;
    for (const id of this.#listed) if (!latest.has(id)) view.remove(id);
    this.#listed = new Set(latest.keys());
  }

  /** Starts again: the agent has forgotten this node, and perhaps others, so all nodes get time to announce themselves again. */
  #startOver(): void {
    this.#sent = '';
    this.#host.grace.begin();
  }

  #giveUp(rival: string): void {
    this.#sent = '';
    this.#host.conflict(rival);
    this.#requests.deregister(this.#entry).catch(() => {});
  }
}

/** The latest run of each node. */
interface Latest {
  readonly created: number;
  readonly instance: string;
  readonly record: string;
}

/**
 * Groups entries into nodes by id, and collects the invalid ones, which the view counts. When two runs have one id, the one registered
 * later counts.
 */
function read(entries: readonly Entry[]): { readonly latest: ReadonlyMap<string, Latest>; readonly strange: readonly string[] } {
  const latest = new Map<string, Latest>();
  const strange: string[] = [];
  for (const { created, meta } of entries) {
    const record = fromMeta(meta);
    const run = runOf(record);
    if (run === undefined) strange.push(record);
    else if (created >= (latest.get(run.id)?.created ?? -1)) {
      latest.set(run.id, { created, instance: run.instance, record });
    }
  }
  return { latest, strange };
}
