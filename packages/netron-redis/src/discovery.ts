/** Announces a node in Redis and learns of the others: one script per beat, messages only to be sooner. */
import { createHash, randomBytes } from 'node:crypto';
import {
  type Announcement,
  type DiscoveryBackend,
  recordLimits,
  type Store,
  type StoreHost,
  storeBackend,
} from '@omnitron-dev/netron/discovery';
import { prefixOf, type RedisConnection, type RedisNameOptions } from './clients.js';
import { Connections } from './connections.js';
import { sharedKeys } from './keys.js';
import { readMessage } from './message.js';

/** Records that are asked for at a time. */
const batch = 100;
/** Milliseconds without an answer after which the whole list is asked for: what has left is remembered for ten minutes. */
const longestAbsence = 300_000;
/** Milliseconds within which nodes ask for a change whose message does not fit: it is news for everybody at the same time. */
const spread = 200;

/**
 * Announces a node in Redis. All keys of a namespace are in one slot of a cluster.
 *
 * @param connection a URL, options of ioredis, or a client, which is copied and stays as it is
 */
export function redisDiscovery(connection: RedisConnection = {}, options: RedisNameOptions = {}): DiscoveryBackend {
  const names = prefixOf(connection, options);
  return storeBackend('redis', (host) => new RedisStore(connection, names, host));
}

/** Record of another node. */
interface Known {
  readonly digest: string;
  readonly record: string;
}

/** Answer of the script of a beat. */
interface Answer {
  readonly epoch: string;
  readonly revision: number;
  /** Whether the list is whole: the script does not know the state that was seen last. */
  readonly whole: boolean;
  /** Instance that has the id of this node; empty when that is this one. */
  readonly rival: string;
  /** Whether the script has not got this node's record. */
  readonly wanted: boolean;
  readonly lastId: string;
  /** Digests by id; empty for nodes that have left. */
  readonly digests: ReadonlyMap<string, string>;
}

class RedisStore implements Store {
  readonly #host: StoreHost;
  readonly #connections: Connections;
  readonly #prefix: string;
  readonly #channel: string;
  readonly #keys: readonly string[];
  readonly #nodes = new Map<string, Known>();
  #epoch = '';
  #revision = 0;
  #lastId = '';
  #answered = 0;
  /** Whether the next announcement is the first: it takes the id from whichever run has it. */
  #first = true;
  /** Digest of the record that Redis has of this node. */
  #sent = '';

  constructor(connection: RedisConnection, names: string, host: StoreHost) {
    const space = `{${names}:${host.namespace}}`;
    this.#host = host;
    this.#prefix = `${space}:n:`;
    this.#channel = `${space}:news`;
    this.#keys = sharedKeys(space);
    this.#connections = new Connections(connection, this.#channel, {
      lost: (reason) => host.view.down(reason),
      back: () => host.ask(),
      message: (text) => this.#hear(text),
    });
  }

  async beat(): Promise<void> {
    const { clock, grace } = this.#host;
    // Everybody has had time, or what has left meanwhile is forgotten: the whole list counts.
    const all = grace.ended() || clock.now() - this.#answered > longestAbsence;
    const own = this.#host.announcement();
    const digest = own === undefined ? '' : digestOf(own.record);
    const answer = await this.#ask(own, digest, all);
    const lost = this.#epoch !== '' && answer.epoch !== this.#epoch;
    if (lost) grace.begin();
    if (answer.rival !== '') this.#host.conflict(answer.rival);
    else if (own !== undefined) {
      this.#first = false;
      this.#sent = digest;
    }
    await this.#take(answer, lost);
    this.#epoch = answer.epoch;
    this.#revision = answer.revision;
    this.#lastId = answer.lastId;
    this.#answered = clock.now();
  }

  async leave(): Promise<void> {
    if (this.#first) return;
    const { id, instance } = this.#host.own();
    await this.#connections.run('leave', [...this.#keys, this.#prefix + id], [id, instance, this.#channel]);
  }

  close(): void {
    this.#connections.close();
  }

  async #ask(own: Announcement | undefined, digest: string, all: boolean): Promise<Answer> {
    const sent = digest === this.#sent;
    const answer = await this.#run(own, digest, sent ? '' : (own?.record ?? ''), all);
    return answer.wanted && own !== undefined ? this.#run(own, digest, own.record, all) : answer;
  }

  async #run(own: Announcement | undefined, digest: string, record: string, all: boolean): Promise<Answer> {
    const { id, instance } = own ?? { id: '', instance: '' };
    const flags = [this.#first, all].map((flag) => (flag ? '1' : '0'));
    const seen = [this.#epoch, String(this.#revision), this.#lastId];
    const next = randomBytes(8).toString('hex');
    const args = [id, instance, digest, record, String(this.#host.ttl), ...flags, ...seen, next, this.#prefix, this.#channel];
    return readAnswer(await this.#connections.run('beat', [...this.#keys, this.#prefix + id], args));
  }

  /**
   * Takes over what has changed: fetches records that are not known.
   *
   * @param lost whether the store has lost what it knew: its records may be older than those that are known
   */
  async #take({ digests, whole }: Answer, lost: boolean): Promise<void> {
    const wanted = [...digests].filter(([id, digest]) => {
      const known = this.#nodes.get(id);
      return digest !== '' && known?.digest !== digest && !(lost && known !== undefined);
    });
    for (let from = 0; from < wanted.length; from += batch) {
      const some = wanted.slice(from, from + batch);
      const args = [String(recordLimits.size), this.#prefix, ...some.map(([id]) => id)];
      const records = await this.#connections.run('fetch', [this.#keys[0] as string], args);
      for (const [index, [id, digest]] of some.entries()) this.#put(id, digest, records[index] ?? '');
    }
    const { grace } = this.#host;
    // In the whole list such a node has a lease and no record: that was lost, and comes with its next beat.
    if (!whole || !grace.active) for (const [id, digest] of digests) if (digest === '') this.#remove(id);
    if (!whole || grace.active) return;
    for (const id of [...this.#nodes.keys()]) if (!digests.has(id)) this.#remove(id);
  }

  #put(id: string, digest: string, record: string): void {
    this.#nodes.set(id, { digest, record });
    // The name of the key and the id in the record are one: otherwise leaving could not be told.
    this.#host.view.put(record === '' || idOf(record) === id ? record : '');
  }

  #remove(id: string): void {
    if (this.#nodes.delete(id)) this.#host.view.remove(id);
  }

  /** News: taken over when it is the next change, otherwise a reason to ask. */
  #hear(text: string): void {
    const { beating, random } = this.#host;
    const news = readMessage(text);
    if (news === undefined) return;
    if (news.epoch === this.#epoch && news.revision <= this.#revision) return;
    if (news.epoch !== this.#epoch || news.revision !== this.#revision + 1 || beating) return this.#host.soon(spread * random());
    this.#revision = news.revision;
    this.#lastId = news.id;
    if (news.record === '') this.#remove(news.id);
    else if (news.record.length <= recordLimits.size) this.#put(news.id, digestOf(news.record), news.record);
  }
}

function digestOf(record: string): string {
  return createHash('sha1').update(record).digest('base64url').slice(0, 12);
}

function readAnswer([epoch = '', revision = '0', whole, rival = '', wanted, lastId = '', ...pairs]: readonly string[]): Answer {
  const digests = new Map<string, string>();
  for (let index = 0; index < pairs.length; index += 2) digests.set(pairs[index] ?? '', pairs[index + 1] ?? '');
  return { epoch, revision: Number(revision), whole: whole === '1', rival, wanted: wanted === '1', lastId, digests };
}

function idOf(record: string): unknown {
  try {
    return (JSON.parse(record) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
