import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm, type KvWatchEntry } from '@nats-io/kv';
import { type NatsConnection, nanos, type QueuedIterator } from '@nats-io/transport-node';
import type { Clock } from '@omnitron-dev/netron';
import { recordLimits } from '@omnitron-dev/netron/discovery';

/** Milliseconds that a record stays without being written again: only marks of those that have left grow old. */
const recordAge = 3_600_000;
/** Bytes of a message in a bucket, headers included: the server keeps no longer ones, so that none is ever transferred. */
const longestRecord = 4 * recordLimits.size;
const longestLease = 4_096;
/** Beats between two looks at the age of the leases, and those after it was set that look each time. */
const agePeriod = 10;

/** State of the records, as the server says. */
export interface StoreState {
  /** Tells one life of the store from the next. */
  readonly epoch: string;
  /** Number of the last change. */
  readonly revision: number;
  /** Number of the oldest one that is still there; that of the next one when nothing is. */
  readonly oldest: number;
  /** Number of entries, marks of those that have left included. */
  readonly entries: number;
}

/** The two buckets of a namespace: `records`, which are watched, and `leases`, which expire. */
export class Buckets {
  readonly #records: KV;
  readonly #leases: KV;
  readonly #manager: JetStreamManager;
  /** Milliseconds that the leases of this node last. */
  readonly #ttl: number;
  readonly #timeout: number;
  readonly #clock: Clock;
  /** Beats since the age of the leases was in doubt. */
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
   * Opens the buckets; makes them where they are missing. Rejects when the server has no JetStream.
   *
   * @param ttl milliseconds that the leases of this node last
   * @param timeout milliseconds that a request may take
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
   * Makes leases last at least as long as those of this node: a bucket has one age for all, that of the node with the longest. For every
   * beat: the server sets an age whatever it has become meanwhile, so that another node, which had read it before, may shorten it again.
   * Asks in the first ten beats and in every tenth after that.
   */
  async lengthen(): Promise<void> {
    this.#beats += 1;
    if (this.#beats > agePeriod && this.#beats % agePeriod !== 0) return;
    const { ttl, streamInfo } = await this.#leases.status();
    if (ttl >= this.#ttl) return;
    this.#beats = 0;
    await this.#manager.streams.update(streamInfo.config.name, { max_age: nanos(this.#ttl) });
  }

  /** The lease of this node has ended too early: its age is looked at with the next beat. */
  doubtAge(): void {
    this.#beats = 0;
  }

  async state(): Promise<StoreState> {
    const { streamInfo, values } = await this.#records.status();
    const { first_seq: oldest, last_seq: revision } = streamInfo.state;
    return { epoch: String(streamInfo.created), revision, oldest, entries: values };
  }

  /** Watches records: those that are there first. */
  watch(): Promise<QueuedIterator<KvWatchEntry>> {
    return this.#records.watch();
  }

  /** A record as it is now. */
  get(key: string): Promise<KvEntry | null> {
    return this.#records.get(key);
  }

  /** Writes a record; returns the number of the change. */
  put(key: string, record: string): Promise<number> {
    return this.#records.put(key, record, { timeout: this.#timeout });
  }

  /** Takes a record out unless it has changed since. */
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

  /** Keys of all leases. */
  async leases(): Promise<Set<string>> {
    return allOf(await this.#leases.keys(), this.#timeout, this.#clock);
  }
}

/**
 * Reads a list of keys to its end. The client itself notices after a minute that the server was lost meanwhile.
 *
 * @param timeout milliseconds in which all have to come
 * @throws Error that says that they did not
 */
export async function allOf(listed: QueuedIterator<string>, timeout: number, clock: Clock): Promise<Set<string>> {
  const keys = new Set<string>();
  const late = new Error(`NATS sent no list of leases within ${timeout} ms`);
  const timer = clock.setTimeout(() => listed.stop(late), timeout, true);
  try {
    for await (const key of listed) keys.add(key);
  } finally {
    clock.clearTimeout(timer);
  }
  return keys;
}
