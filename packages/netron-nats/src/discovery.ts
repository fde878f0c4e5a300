/** Announces a node in two buckets of NATS and discovers the others by a watch. */

import type { KvWatchEntry } from '@nats-io/kv';
import { checkOptions } from '@omnitron-dev/netron';
import {
  type DiscoveryBackend,
  runOf,
  type Store,
  type StoreHost,
  StoreNodes,
  storeBackend,
} from '@omnitron-dev/netron/discovery';
import { Buckets, type StoreState } from './buckets.js';
import {
  besideNames,
  checkTimes,
  type NatsDiscoveryConnection,
  type NatsNameOptions,
  patienceOf,
  prefixOf,
} from './connection.js';
import { Line } from './line.js';
import { bucketPart, idOf, keyOf } from './names.js';
import { Watch } from './watch.js';

/** Most characters of a bucket's name, without the part that distinguishes the buckets of a namespace: NATS allows 255 including `KV_`. */
const longestBucket = 240;
/** Milliseconds after which an unchanged record is written again, so that it does not expire. */
const rewriteTime = 1_200_000;
/** Heartbeats between two checks that the own record is stored: nothing reports that it alone was purged. */
const checkPeriod = 10;
/** Number of nodes that look for expired leases in one interval. */
const sweepers = 3;
/** Most nodes removed at a time, since the heartbeat that does it must also renew its own lease. */
const sweptAtOnce = 100;

/**
 * Announces a node in NATS. Needs JetStream; missing buckets are created.
 *
 * @param connection a URL, options of `@nats-io/transport-node`, or a connection, which stays open
 * @throws TypeError for unknown options; when a node uses it, for a namespace that is too long for the name of a bucket
 */
export function natsDiscovery(connection: NatsDiscoveryConnection = {}, options: NatsNameOptions = {}): DiscoveryBackend {
  checkOptions('natsDiscovery', options, besideNames);
  checkTimes('natsDiscovery', connection);
  const names = prefixOf(connection, options);
  const checkNamespace = (namespace: string): void => {
    const { length } = `${names}-${bucketPart(namespace)}`;
    if (length > longestBucket)
      throw new TypeError(
        `discovery: the NATS bucket name of the namespace must have at most ${longestBucket} characters, not ${length} (characters other than letters and digits are escaped)`,
      );
  };
  return storeBackend('nats', (host) => new NatsStore(connection, names, host), { checkNamespace });
}

class NatsStore implements Store {
  readonly #host: StoreHost;
  readonly #names: string;
  readonly #line: Line;
  /** Milliseconds for a request. */
  readonly #patience: number;
  /** Key of this node. */
  readonly #key: string;
  /** Records by key, marked with the number of their last change. */
  readonly #known: StoreNodes<number>;
  #buckets: Buckets | undefined;
  #watch: Watch | undefined;
  #epoch = '';
  /** Number of the last change that the store has reported. */
  #seen = 0;
  #sent = '';
  #sentAt = 0;
  /** Number of this run's last announcement; 0 when there is none. */
  #written = 0;
  /** Heartbeats with an announcement. */
  #beats = 0;

  constructor(connection: NatsDiscoveryConnection, names: string, host: StoreHost) {
    this.#host = host;
    this.#names = `${names}-${bucketPart(host.namespace)}`;
    this.#key = keyOf(host.own().id);
    this.#patience = patienceOf(connection);
    this.#known = new StoreNodes(host.view);
    this.#line = new Line(connection, {
      lost: (reason) => host.view.down(reason),
      back: () => {
        this.#forgetWatch();
        host.ask();
      },
    });
  }

  async beat(): Promise<void> {
    const { clock, grace, ttl } = this.#host;
    const connection = await this.#line.get();
    this.#buckets ??= await Buckets.open(connection, this.#names, ttl, this.#patience, clock);
    const buckets = this.#buckets;
    try {
      const [state] = await Promise.all([buckets.state(), buckets.lengthen()]);
      this.#compare(state);
      await this.#announce(buckets);
      await this.#learn(buckets, state);
      if (!grace.active && this.#sweeps()) await this.#sweep(buckets);
    } catch (error) {
      // The buckets may be gone, too: open them again.
      this.#buckets = undefined;
      throw error;
    }
  }

  async leave(): Promise<void> {
    if (this.#written === 0) return;
    await this.#buckets?.remove(this.#key, this.#written);
    await this.#buckets?.release(this.#key);
  }

  close(): void {
    this.#watch?.stop();
    this.#line.close();
  }

  async #announce(buckets: Buckets): Promise<void> {
    const own = this.#host.announcement();
    if (own === undefined) return;
    await buckets.renew(this.#key);
    const now = this.#host.clock.now();
    const current = own.record === this.#sent && now - this.#sentAt < rewriteTime;
    this.#beats += 1;
    if (current && this.#beats % checkPeriod !== 0) return;
    if (this.#written > 0) {
      const stored = await buckets.get(this.#key);
      if (this.#yield(stored?.value) || (current && stored?.string() === own.record)) return;
    }
    this.#written = await buckets.put(this.#key, own.record);
    this.#sent = own.record;
    this.#sentAt = now;
  }

  /** Detects that the store was emptied: all nodes announce themselves again, and none is removed meanwhile. */
  #compare({ epoch, revision, oldest }: StoreState): void {
    const emptied = this.#epoch !== '' && (this.#epoch !== epoch || revision < this.#seen);
    if (emptied) this.#startOver();
    // The record was removed from the store without a marker, which a watch does not report. Another run may have written in its place.
    else if (this.#sent !== '' && oldest > this.#written) this.#resend();
    if (this.#host.grace.ended() || emptied || this.#known.relistable) this.#forgetWatch();
    this.#epoch = epoch;
    this.#seen = revision;
  }

  #startOver(): void {
    this.#resend();
    this.#written = 0;
  }

  /** Writes the record again. No node is removed until all have had time to do so. */
  #resend(): void {
    this.#host.grace.begin();
    this.#sent = '';
  }

  #forgetWatch(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** Waits until the watch has caught up with the store; creates a new one when it has fallen silent. */
  async #learn(buckets: Buckets, { revision, entries }: StoreState): Promise<void> {
    if (await this.#watch?.reached(Math.max(revision, this.#written))) return;
    await this.#list(buckets, entries === 0 && this.#sent === '' ? revision : undefined);
  }

  /** @param reached number of the last change of an empty store */
  async #list(buckets: Buckets, reached?: number): Promise<void> {
    const { clock, grace } = this.#host;
    this.#watch?.stop();
    this.#known.list();
    const seen = new Set<string>();
    const take = (entry: KvWatchEntry): void => {
      this.#take(entry);
      if (this.#known.has(entry.key)) seen.add(entry.key);
    };
    const watch = new Watch(await buckets.watch(), reached, take, clock, this.#patience);
    this.#watch = watch;
    if (!(await watch.listed())) throw new Error(`NATS did not return the nodes within ${this.#patience} ms`);
    if (this.#sent !== '' && !seen.has(this.#key)) {
      // The store was emptied, and other nodes have written since.
      this.#startOver();
      this.#host.ask();
    }
    if (grace.active) return;
    this.#known.retain(seen);
  }

  #take(entry: KvWatchEntry): void {
    const isOwn = entry.key === this.#key;
    if (entry.operation !== 'PUT') {
      this.#known.remove(entry.key);
      if (isOwn && entry.revision > this.#written) this.#removed();
      return;
    }
    if (!this.#known.has(entry.key) && this.#known.room <= 0 && !isOwn) return this.#known.leaveOut(1);
    if (isOwn && this.#written > 0 && entry.revision > this.#written) this.#overwritten(entry);
    this.#known.put(entry.key, idOf(entry.key), entry.revision, entry.string());
  }

  /** Handles the removal of this node by another one, although it is alive. */
  #removed(): void {
    this.#sent = '';
    this.#buckets?.doubtAge();
    this.#host.soon(100 * this.#host.random());
  }

  /** Called for a newer record of this node: that of another process, one written by mistake, or its own. */
  #overwritten(entry: KvWatchEntry): void {
    const own = this.#host.announcement();
    if (this.#yield(entry.value) || own === undefined || entry.string() === own.record) return;
    this.#sent = '';
  }

  /** Gives up the id when another run has written a record since; returns whether one has. */
  #yield(record: Uint8Array | undefined): boolean {
    const rival = runOf(new TextDecoder().decode(record))?.instance;
    if (rival === undefined || rival === this.#host.own().instance) return false;
    this.#host.conflict(rival);
    // The stored record is not this node's.
    this.#sent = '';
    return true;
  }

  /**
   * Whether this node looks for expired leases now. The nodes with the first keys do so in every heartbeat; the others do so at random, in
   * case all of those have died.
   */
  #sweeps(): boolean {
    if (this.#known.has(this.#key)) {
      let before = 0;
      for (const key of this.#known.keys()) if (key < this.#key) before += 1;
      if (before < sweepers) return true;
    }
    return this.#host.random() < sweepers / Math.max(1, this.#known.size);
  }

  /** Removes nodes whose lease has expired. */
  async #sweep(buckets: Buckets): Promise<void> {
    if (this.#known.size === 0) return;
    const leases = await buckets.leases();
    const ended = [...this.#known.keys()].filter((key) => !leases.has(key)).slice(0, sweptAtOnce);
    for (const key of ended) {
      const revision = this.#known.markOf(key);
      if (revision === undefined || (await buckets.leased(key))) continue;
      // It has changed in the meantime: the node is alive.
      await buckets.remove(key, revision).catch(() => {});
    }
  }
}
