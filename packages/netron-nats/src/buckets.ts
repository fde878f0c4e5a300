import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm, type KvWatchEntry } from '@nats-io/kv';
import { type NatsConnection, nanos, type QueuedIterator } from '@nats-io/transport-node';
import type { Clock } from '@omnitron-dev/netron';
import { recordLimits } from '@omnitron-dev/netron/discovery';

/** Milliseconds for which a record is kept without being written again: only markers of departed nodes reach this age. */
const recordAge = 3_600_000;
/** Most bytes of a message in a bucket, headers included: the server does not store longer ones, so that none is ever transferred. */
const longestRecord = 4 * recordLimits.size;
const longestLease = 4_096;
/** Heartbeats between two checks of the age of the leases, and the number of heartbeats after it was set that check it each time. */
const agePeriod = 10;

/** State of the records, as the server reports it. */
export interface StoreState {
  /** Identifies one lifetime of the store. */
  readonly epoch: string;
  /** Number of the last change. */
  readonly revision: number;
  /** Number of the oldest change that is still there; that of the next one when there is none. */
  readonly oldest: number;
  /** Number of entries, including markers of departed nodes. */
  readonly entries: number;
}

/** The two buckets of a namespace: `records`, which are watched, and `leases`, which expire. */
export class Buckets {
  readonly #records: KV;
  readonly #leases: KV;
  readonly #manager: JetStreamManager;
  /** Milliseconds after which the leases of this node expire. */
  readonly #ttl: number;
  readonly #timeout: number;
  readonly #clock: Clock;
  /** Heartbeats since the age of the leases was in doubt. */
  #beats = 0;

  private constructor(records: KV, leases: KV, manager: JetStreamManager, ttl: number, timeout: number, clock: Clock) {
    this.#records = records;
    this.#leases = leases;
    this.#manager = manager;
    this.#ttl = ttl;
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /**
   * Opens the buckets, and creates missing ones. Rejects when the server has no JetStream.
   *
   * @param ttl milliseconds after which the leases of this node expire
   * @param timeout milliseconds for a request
   */
  static async open(connection: NatsConnection, name: string, ttl: number, timeout: number, clock: Clock): Promise<Buckets> {
    const kvm = new Kvm(jetstream(connection, { timeout }));
    const common = { history: 1, timeout, storage: 'memory' as const };
    const [records, leases, manager] = await Promise.all([
      kvm.create(`${name}-records`, { ...common, ttl: recordAge, maxValueSize: longestRecord }),
      kvm.create(`${name}-leases`, { ...common, ttl, maxValueSize: longestLease }),
      jetstreamManager(connection, { timeout, checkAPI: false }),
    ]);
    return new Buckets(records, leases, manager, ttl, timeout, clock);
  }

  /**
   * Makes leases last at least as long as those of this node: a bucket has one age for all, that of the node with the longest. Called with
   * every heartbeat, since setting the age is not atomic: another node, which had read it before, may shorten it again. Checks it in the
   * first ten heartbeats and in every tenth after that.
   */
  async lengthen(): Promise<void> {
    this.#beats += 1;
    if (this.#beats > agePeriod && this.#beats % agePeriod !== 0) return;
    const { ttl, streamInfo } = await this.#leases.status();
    if (ttl >= this.#ttl) return;
    this.#beats = 0;
    await this.#manager.streams.update(streamInfo.config.name, { max_age: nanos(this.#ttl) });
  }

  /** Notes that the lease of this node has expired too early: the age is checked with the next heartbeat. */
  doubtAge(): void {
    this.#beats = 0;
  }

  async state(): Promise<StoreState> {
    const { streamInfo, values } = await this.#records.status();
    const { first_seq: oldest, last_seq: revision } = streamInfo.state;
    return { epoch: String(streamInfo.created), revision, oldest, entries: values };
  }

  /** Watches records, starting with the existing ones. */
  watch(): Promise<QueuedIterator<KvWatchEntry>> {
    return this.#records.watch();
  }

  /** Returns the present record of a key. */
  get(key: string): Promise<KvEntry | null> {
    return this.#records.get(key);
  }

  /** Writes a record; returns the number of the change. */
  put(key: string, record: string): Promise<number> {
    return this.#records.put(key, record, { timeout: this.#timeout });
  }

  /** Removes a record unless it has changed since. */
  async remove(key: string, revision: number): Promise<void> {
    await this.#records.delete(key, { previousSeq: revision });
  }

  renew(key: string): Promise<number> {
    return this.#leases.put(key, '', { timeout: this.#timeout });
  }

  async release(key: string): Promise<void> {
    await this.#leases.delete(key);
  }

  async leased(key: string): Promise<boolean> {
    return (await this.#leases.get(key))?.operation === 'PUT';
  }

  /** Returns the keys of all leases. */
  async leases(): Promise<Set<string>> {
    return allOf(await this.#leases.keys(), this.#timeout, this.#clock);
  }
}

/**
 * Reads a list of keys completely. The client itself takes a minute to notice that the server was lost meanwhile.
 *
 * @param timeout milliseconds within which all keys must arrive
 * @throws Error when they do not
 */
export async function allOf(listed: QueuedIterator<string>, timeout: number, clock: Clock): Promise<Set<string>> {
  const keys = new Set<string>();
  const late = new Error(`NATS did not return the leases within ${timeout} ms`);
  const timer = clock.setTimeout(() => listed.stop(late), timeout, true);
  try {
    for await (const key of listed) keys.add(key);
  } finally {
    clock.clearTimeout(timer);
  }
  return keys;
}
