/** Announces a node in two buckets of NATS and learns of the others by a watch. */
import type { KvWatchEntry } from '@nats-io/kv';
import type { NatsConnection, QueuedIterator } from '@nats-io/transport-node';
import {
  atMost,
  type BackendHost,
  Beats,
  type DiscoveryBackend,
  networkAddresses,
  recordLimits,
} from '@omnitron-dev/netron/discovery';
import { Buckets, type StoreState } from './buckets.js';
import {
  isConnection,
  type NatsDiscoveryConnection,
  type NatsNameOptions,
  open,
  prefixOf,
  requestTimeout,
} from './connection.js';
import { bucketPart, idOf, keyOf } from './names.js';

/** Milliseconds that leaving may take. */
const leaveTime = 1_000;
/** Milliseconds after which a record is written again although nothing has changed: it would grow too old otherwise. */
const rewriteTime = 1_200_000;
/** Nodes that look for ended leases in one interval, on average. */
const sweepers = 3;

/**
 * Announces a node in NATS. Needs JetStream; buckets are made where they are missing.
 *
 * @param connection a URL, options of `@nats-io/transport-node`, or a connection, which stays open
 */
export function natsDiscovery(connection: NatsDiscoveryConnection = {}, options: NatsNameOptions = {}): DiscoveryBackend {
  return new NatsBackend(connection, prefixOf(connection, options));
}

/** A record of the bucket. */
interface Known {
  readonly revision: number;
  /** `undefined`: what is no key of a node. */
  readonly id: string | undefined;
}

class NatsBackend implements DiscoveryBackend {
  readonly name = 'nats';
  readonly #given: NatsDiscoveryConnection;
  readonly #names: string;
  #host: BackendHost | undefined;
  #beats: Beats | undefined;
  #connection: NatsConnection | undefined;
  #buckets: Buckets | undefined;
  #watch: Watch | undefined;
  readonly #known = new Map<string, Known>();
  #epoch = '';
  /** Number of the last change that the store has told. */
  #seen = 0;
  /** Until when a list that was emptied is taken as incomplete: nodes are about to announce themselves again. */
  #grace = 0;
  #sent = '';
  #sentAt = 0;
  /** Number of this run's last announcement; 0: none. */
  #written = 0;
  #conflict = false;

  constructor(given: NatsDiscoveryConnection, names: string) {
    this.#given = given;
    this.#names = names;
  }

  async start(host: BackendHost): Promise<void> {
    this.#host = host;
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
    await atMost(host.clock, leaveTime, this.#leave(host.own().id, this.#beats?.stop()));
    this.#watch?.stop();
    if (!isConnection(this.#given)) void this.#connection?.close().catch(() => {});
  }

  async #leave(id: string, idle: Promise<void> | undefined): Promise<void> {
    await idle;
    if (this.#written === 0 || this.#conflict) return;
    await this.#buckets?.remove(keyOf(id), this.#written);
    await this.#buckets?.release(keyOf(id));
  }

  async #beat(host: BackendHost): Promise<void> {
    const connection = await this.#connect(host);
    this.#buckets ??= await Buckets.open(connection, `${this.#names}-${bucketPart(host.namespace)}`, host.ttl);
    try {
      const state = await this.#buckets.state();
      this.#compare(host, state);
      await this.#announce(host, this.#buckets);
      await this.#learn(host, this.#buckets, state);
      if (host.random() < sweepers / Math.max(1, this.#known.size)) await this.#sweep(this.#buckets);
    } catch (error) {
      // The buckets may be gone, too: they are opened anew.
      this.#buckets = undefined;
      throw error;
    }
  }

  async #connect(host: BackendHost): Promise<NatsConnection> {
    if (this.#connection !== undefined && !this.#connection.isClosed()) return this.#connection;
    const connection = isConnection(this.#given) ? this.#given : await open(this.#given);
    if (this.#host === undefined && connection !== this.#given) {
      await connection.close();
      throw new Error('discovery has ended');
    }
    this.#connection = connection;
    void this.#follow(host, connection);
    return connection;
  }

  /** Tells at once when the connection is lost and when it is back. */
  async #follow(host: BackendHost, connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (this.#host === undefined || connection !== this.#connection) return;
      if (type === 'disconnect') host.view.down(new Error('the connection to NATS is lost'));
      if (type === 'reconnect') {
        this.#forgetWatch();
        this.#beats?.ask();
      }
    }
  }

  async #announce(host: BackendHost, buckets: Buckets): Promise<void> {
    const own = host.own();
    const addresses = networkAddresses(own.addresses);
    if (addresses.length === 0 || this.#conflict) return;
    const key = keyOf(own.id);
    await buckets.renew(key);
    const record = JSON.stringify({ ...own, addresses });
    const now = host.clock.now();
    if (record === this.#sent && now - this.#sentAt < rewriteTime) return;
    if (this.#written > 0) {
      const rival = instanceOf((await buckets.get(key))?.value);
      if (rival !== undefined && rival !== own.instance) return this.#giveUp(host, rival);
    }
    this.#written = await buckets.put(key, record);
    this.#sent = record;
    this.#sentAt = now;
  }

  /** Notices that the store was emptied: everybody announces itself anew, and nobody is taken out meanwhile. */
  #compare(host: BackendHost, { epoch, revision }: StoreState): void {
    const now = host.clock.now();
    const emptied = this.#epoch !== '' && (this.#epoch !== epoch || revision < this.#seen);
    if (emptied) this.#startOver(host);
    const over = this.#grace > 0 && now >= this.#grace;
    if (over) this.#grace = 0;
    if (emptied || over) this.#forgetWatch();
    this.#epoch = epoch;
    this.#seen = revision;
  }

  #startOver(host: BackendHost): void {
    this.#grace = host.clock.now() + 2.2 * host.interval;
    this.#sent = '';
    this.#written = 0;
  }

  #forgetWatch(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** Waits until the watch has come as far as the store; makes a new one when it has fallen silent. */
  async #learn(host: BackendHost, buckets: Buckets, { revision, entries }: StoreState): Promise<void> {
    if (await this.#watch?.reached(Math.max(revision, this.#written), host)) return;
    await this.#list(host, buckets, entries === 0 && this.#sent === '' ? revision : undefined);
  }

  /** @param reached number of the last change of a store that is empty */
  async #list(host: BackendHost, buckets: Buckets, reached?: number): Promise<void> {
    this.#watch?.stop();
    const seen = new Set<string>();
    const watch = new Watch(await buckets.watch(), reached, (entry) => {
      seen.add(entry.key);
      this.#take(host, entry);
    });
    this.#watch = watch;
    if (!(await watch.listed(host))) throw new Error(`NATS sent no list of nodes within ${requestTimeout} ms`);
    if (this.#sent !== '' && !this.#conflict && !seen.has(keyOf(host.own().id))) {
      // The store was emptied, and others have written since.
      this.#startOver(host);
      this.#beats?.ask();
    }
    if (this.#grace > 0) return;
    for (const key of [...this.#known.keys()]) if (!seen.has(key)) this.#remove(host, key);
  }

  #take(host: BackendHost, entry: KvWatchEntry): void {
    const own = host.own();
    const isOwn = entry.key === keyOf(own.id);
    if (entry.operation !== 'PUT') {
      this.#remove(host, entry.key);
      // Somebody has taken this node out although it is there.
      if (isOwn && entry.revision > this.#written && !this.#conflict) {
        this.#sent = '';
        this.#beats?.soon(100 * host.random());
      }
      return;
    }
    const id = idOf(entry.key);
    this.#known.set(entry.key, { revision: entry.revision, id });
    const record = entry.string();
    if (isOwn && this.#written > 0 && entry.revision > this.#written) {
      const rival = instanceOf(entry.value);
      if (rival !== undefined && rival !== own.instance) this.#giveUp(host, rival);
    }
    // The name of the key and the id in the record are one: otherwise leaving could not be told.
    host.view.put(id !== undefined && (tooLong(record) || fieldOf(record, 'id') === id) ? record : '');
  }

  #remove(host: BackendHost, key: string): void {
    const known = this.#known.get(key);
    this.#known.delete(key);
    if (known?.id !== undefined) host.view.remove(known.id);
  }

  #giveUp(host: BackendHost, rival: string): void {
    if (this.#conflict) return;
    this.#conflict = true;
    host.conflict(rival);
  }

  /** Takes out those whose lease has ended. */
  async #sweep(buckets: Buckets): Promise<void> {
    if (this.#known.size === 0) return;
    const leases = await buckets.leases();
    for (const [key, { revision }] of [...this.#known]) {
      if (leases.has(key) || (await buckets.leased(key))) continue;
      // It has changed meanwhile: it is there.
      await buckets.remove(key, revision).catch(() => {});
    }
  }
}

/** One watch of the records, and how far it has come. */
class Watch {
  readonly #entries: QueuedIterator<KvWatchEntry>;
  #reached: number;
  #listed: boolean;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(entries: QueuedIterator<KvWatchEntry>, reached: number | undefined, take: (entry: KvWatchEntry) => void) {
    this.#entries = entries;
    this.#reached = reached ?? 0;
    this.#listed = reached !== undefined;
    void this.#read(take);
  }

  /** Resolves to whether all that was there at the beginning has come. */
  listed(host: BackendHost): Promise<boolean> {
    return this.#until(() => this.#listed, host);
  }

  /** Resolves to whether a change has come, in time. */
  reached(revision: number, host: BackendHost): Promise<boolean> {
    return this.#until(() => this.#reached >= revision, host);
  }

  stop(): void {
    this.#ended = true;
    this.#entries.stop();
    this.#wake();
  }

  async #read(take: (entry: KvWatchEntry) => void): Promise<void> {
    try {
      for await (const entry of this.#entries) {
        if (this.#ended) return;
        this.#reached = Math.max(this.#reached, entry.revision);
        if (entry.delta === 0) this.#listed = true;
        take(entry);
        this.#wake();
      }
    } catch {
      // The next beat makes another one.
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #until(done: () => boolean, { clock }: BackendHost): Promise<boolean> {
    if (done() || this.#ended) return done() && !this.#ended;
    let timer: unknown;
    let wake = (): void => {};
    await new Promise<void>((resolve) => {
      wake = () => {
        if (done() || this.#ended) resolve();
      };
      this.#waiting.add(wake);
      timer = clock.setTimeout(resolve, requestTimeout, true);
    });
    this.#waiting.delete(wake);
    clock.clearTimeout(timer);
    return done() && !this.#ended;
  }
}

const instanceOf = (record: Uint8Array | undefined): string | undefined => {
  if (record === undefined || record.length === 0) return undefined;
  const instance = fieldOf(new TextDecoder().decode(record), 'instance');
  return typeof instance === 'string' ? instance : undefined;
};

const tooLong = (record: string): boolean => record.length > recordLimits.size;

function fieldOf(record: string, name: string): unknown {
  if (tooLong(record)) return undefined;
  try {
    return (JSON.parse(record) as Record<string, unknown> | null)?.[name];
  } catch {
    return undefined;
  }
}
