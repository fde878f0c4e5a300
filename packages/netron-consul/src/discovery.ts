/** Announces a node as a service of a Consul agent with a check that expires, and learns of the others by blocking queries. */
import {
  atMost,
  type BackendHost,
  Beats,
  type DiscoveryBackend,
  networkAddresses,
  recordLimits,
} from '@omnitron-dev/netron/discovery';
import { ConsulApi, type ConsulOptions, type ConsulRequests, type Listing } from './api.js';
import { ClientRequests, type ConsulClient, isClient } from './client.js';
import { fromMeta, toMeta } from './record.js';

/** Milliseconds that leaving may take. */
const leaveTime = 1_000;
/** Milliseconds that a blocking query waits for news. */
const longestWait = 60_000;
/** Milliseconds between two queries at least: an index may change for reasons that concern nobody here. */
const restTime = 200;

/**
 * Announces a node through a Consul agent.
 *
 * @param agent its address, options, or a client of the package `consul`; a client is asked once per interval, without blocking queries
 * @param names how its entries are named, beside a client
 */
export function consulDiscovery(agent: ConsulConnection = {}, names: ConsulNameOptions = {}): DiscoveryBackend {
  return new ConsulBackend(agent, names.prefix);
}

/** Agent of Consul: its address, options, or a client that a program has already. */
export type ConsulConnection = string | ConsulOptions | ConsulClient;

/** Options beside an agent. */
export interface ConsulNameOptions {
  /** Begins the name of the service in Consul. Default: that of the options, else `netron`. */
  readonly prefix?: string;
}

/** Fields of a record that tell runs apart. */
interface Described {
  readonly id: string;
  readonly instance: string;
}

class ConsulBackend implements DiscoveryBackend {
  readonly name = 'consul';
  readonly #requests: ConsulRequests;
  /** Whether answers wait for news. */
  readonly #waits: boolean;
  readonly #prefix: string;
  readonly #ended = new AbortController();
  #host: BackendHost | undefined;
  #beats: Beats | undefined;
  /** Name of the service in Consul, and the id of this run's entry. */
  #service = '';
  #entry = '';
  #sent = '';
  #conflict = false;
  #index = 0;
  #watching = false;
  /** Until when a list that was emptied is taken as incomplete: nodes are about to announce themselves again. */
  #grace = 0;
  #listed = new Set<string>();

  constructor(agent: ConsulConnection, prefix: string | undefined) {
    const given = typeof agent === 'string' ? { url: agent } : agent;
    this.#waits = !isClient(given);
    this.#requests = isClient(given) ? new ClientRequests(given) : new ConsulApi(given);
    this.#prefix = prefix ?? ('prefix' in given ? given.prefix : undefined) ?? 'netron';
  }

  async start(host: BackendHost): Promise<void> {
    this.#host = host;
    this.#service = `${this.#prefix}-${host.namespace}`;
    this.#entry = `${this.#service}-${host.own().instance}`;
    this.#beats = new Beats(host, () => this.#beat(host));
    this.#beats.start();
    await this.#beats.now();
  }

  announce(): void {
    this.#beats?.ask();
  }

  async refresh(): Promise<void> {
    await this.#beats?.now().catch(() => {});
  }

  async stop(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.#host = undefined;
    await atMost(host.clock, leaveTime, this.#leave());
    this.#ended.abort();
  }

  async #leave(): Promise<void> {
    await this.#beats?.stop();
    if (this.#sent !== '') await this.#requests.deregister(this.#entry, this.#ended.signal);
  }

  async #beat(host: BackendHost): Promise<void> {
    const api = this.#requests;
    await this.#announce(host, api);
    await this.#ask(host, api);
    if (this.#waits && !this.#watching) void this.#watch(host, api);
  }

  async #announce(host: BackendHost, api: ConsulRequests): Promise<void> {
    if (this.#conflict) return;
    const own = host.own();
    const addresses = networkAddresses(own.addresses);
    if (addresses.length === 0) return;
    const { signal } = this.#ended;
    const record = JSON.stringify({ ...own, addresses });
    if (record === this.#sent) {
      // The name that an agent gives to the check of a service.
      if (await api.pass(`service:${this.#entry}`, signal)) return;
      this.#startOver(host);
    }
    const at = /^[a-z]+:\/\/(\[[^\]]+\]|[^:/]+):(\d+)/.exec(addresses[0] as string);
    await api.register(
      {
        Name: this.#service,
        ID: this.#entry,
        ...(at !== null && { Address: at[1] as string, Port: Number(at[2]) }),
        Tags: [...(own.services ?? [])],
        Meta: toMeta(record),
        Check: {
          TTL: `${host.ttl}ms`,
          Status: 'passing',
          // Consul's shortest; what fails its check is not listed from the first moment.
          DeregisterCriticalServiceAfter: `${Math.max(60_000, host.ttl)}ms`,
        },
      },
      signal,
    );
    this.#sent = record;
  }

  async #ask(host: BackendHost, api: ConsulRequests, index = 0): Promise<void> {
    const before = this.#index;
    const listing = await api.list(this.#service, this.#ended.signal, index, longestWait);
    if (this.#host === undefined) return;
    // Another question was answered meanwhile, by something newer.
    if (listing.index >= before && listing.index < this.#index) return;
    // An index that goes back is one of another store: all have time to announce themselves there.
    if (listing.index < before) this.#grace = host.clock.now() + 2.2 * host.interval;
    this.#index = listing.index;
    this.#take(host, listing);
  }

  /** Asks for news until it fails; the next beat begins again. */
  async #watch(host: BackendHost, api: ConsulRequests): Promise<void> {
    this.#watching = true;
    try {
      while (this.#host !== undefined) {
        const began = host.clock.now();
        await this.#ask(host, api, this.#index);
        await this.#rest(host, restTime - (host.clock.now() - began));
      }
    } catch {
      // The beat says what is wrong.
    }
    this.#watching = false;
  }

  async #rest({ clock }: BackendHost, ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, ms, true));
  }

  #take(host: BackendHost, { entries }: Listing): void {
    const own = host.own();
    const latest = new Map<string, { created: number; instance: string; record: string }>();
    const strange: string[] = [];
    for (const { created, meta } of entries) {
      const record = fromMeta(meta);
      const described = describe(record);
      if (described === undefined) strange.push(record);
      // One id, two runs: the one that was registered later counts.
      else if (created >= (latest.get(described.id)?.created ?? -1)) {
        latest.set(described.id, { created, instance: described.instance, record });
      }
    }
    const mine = entries.find(({ id }) => id === this.#entry);
    const first = latest.get(own.id);
    if (mine !== undefined && first !== undefined && first.instance !== own.instance) this.#giveUp(host, first.instance);
    const now = host.clock.now();
    if (mine === undefined && this.#sent !== '' && !this.#conflict) {
      this.#startOver(host);
      this.#beats?.ask();
    }
    for (const record of [...latest.values()].map((entry) => entry.record).concat(strange)) host.view.put(record);
    for (const id of latest.keys()) this.#listed.add(id);
    if (now < this.#grace) return;
    for (const id of this.#listed) if (!latest.has(id)) host.view.remove(id);
    this.#listed = new Set(latest.keys());
  }

  /** The agent has forgotten this node, and so perhaps the others: all have time to announce themselves again. */
  #startOver(host: BackendHost): void {
    this.#sent = '';
    this.#grace = host.clock.now() + 2.2 * host.interval;
  }

  #giveUp(host: BackendHost, rival: string): void {
    if (this.#conflict) return;
    this.#conflict = true;
    host.conflict(rival);
    void this.#requests.deregister(this.#entry, this.#ended.signal).catch(() => {});
    this.#sent = '';
  }
}

/** Reads the fields that tell runs apart; the view reads the rest. */
function describe(record: string): Described | undefined {
  if (record.length > 4 * recordLimits.size) return undefined;
  try {
    const { id, instance } = JSON.parse(record) as Record<string, unknown>;
    return typeof id === 'string' && typeof instance === 'string' ? { id, instance } : undefined;
  } catch {
    return undefined;
  }
}
