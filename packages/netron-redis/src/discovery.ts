/** Announces a node in Redis and discovers the others with one script per heartbeat. Messages only make changes arrive sooner. */

import { createHash } from 'node:crypto';
import { checkOptions } from '@omnitron-dev/netron';
import {
  type Announcement,
  type DiscoveryBackend,
  recordLimits,
  type Store,
  type StoreHost,
  StoreNodes,
  storeBackend,
} from '@omnitron-dev/netron/discovery';
import { type Answer, beatArguments, type Changes, longestId, namesOf, readAnswer, type Seen } from './beat.js';
import { besideNames, checkTimes, prefixOf, type RedisConnection, type RedisNameOptions } from './clients.js';
import { Connections } from './connections.js';
import { readMessage } from './message.js';

/** Number of records that are requested at a time. */
const batch = 100;
/** Milliseconds without an answer after which the whole list is requested: departures are remembered for ten minutes. */
const longestAbsence = 300_000;
/** Milliseconds over which nodes spread their requests after a message that does not fit, since all nodes receive it at the same time. */
const spread = 200;

/**
 * Announces a node in Redis. All keys of a namespace are in one slot of a cluster.
 *
 * @param connection a URL, options of ioredis, or a client, which is copied and not used itself
 * @throws TypeError for unknown options
 */
export function redisDiscovery(connection: RedisConnection = {}, options: RedisNameOptions = {}): DiscoveryBackend {
  checkOptions('redisDiscovery', options, besideNames);
  checkTimes('redisDiscovery', connection);
  const names = prefixOf(connection, options);
  return storeBackend('redis', (host) => new RedisStore(connection, names, host));
}

/** All pages of a list. */
interface Listing extends Changes {
  readonly seen: Seen;
  /** Number of nodes that were left out because there are too many. */
  readonly leftOut: number;
}

/** This node as it is announced, with the digest of its record. */
interface Own {
  readonly announcement: Announcement | undefined;
  readonly digest: string;
}

class RedisStore implements Store {
  readonly #host: StoreHost;
  readonly #connections: Connections;
  readonly #names: ReturnType<typeof namesOf>;
  /** Known nodes by id, marked with the digests of their records. */
  readonly #nodes: StoreNodes<string>;
  #seen: Seen = { epoch: '', revision: 0, lastId: '' };
  #answered = 0;
  /** Whether the store has other, perhaps older, records of known nodes, as a replica that lags behind does. */
  #doubtful = false;
  /** Whether the next announcement is the first, which takes over the id from any other run. */
  #first = true;
  /** Digest of the record that Redis has of this node. */
  #sent = '';

  constructor(connection: RedisConnection, names: string, host: StoreHost) {
    this.#host = host;
    this.#nodes = new StoreNodes(host.view);
    this.#names = namesOf(`{${names}:${host.namespace}}`);
    this.#connections = new Connections(connection, this.#names.channel, {
      lost: (reason) => host.view.down(reason),
      back: () => host.ask(),
      message: (text) => this.#hear(text),
    });
  }

  async beat(): Promise<void> {
    const { clock, grace } = this.#host;
    const announcement = this.#host.announcement();
    const own = { announcement, digest: announcement === undefined ? '' : digestOf(announcement.record) };
    // Departures may have been forgotten, or there is room for nodes that were left out: the whole list is needed.
    const answer = await this.#ask(own, this.#nodes.relistable || clock.now() - this.#answered > longestAbsence);
    const lost = this.#seen.epoch !== '' && answer.epoch !== this.#seen.epoch;
    if (lost) grace.begin();
    if (answer.rival !== '') this.#host.conflict(answer.rival);
    else if (announcement !== undefined) {
      this.#first = false;
      this.#sent = own.digest;
    }
    await this.#take(await this.#pages(own, answer), lost);
    this.#answered = clock.now();
    // All nodes have had time to announce themselves; missing ones have left. An equal number means that none is missing.
    if (!grace.ended() || (answer.count === this.#nodes.size && !this.#doubtful)) return;
    await this.#take(await this.#pages(own, await this.#ask(own, true)), false);
    this.#doubtful = false;
  }

  async leave(): Promise<void> {
    if (this.#first) return;
    const { id, instance } = this.#host.own();
    const { keys, records, channel } = this.#names;
    await this.#connections.run('leave', [...keys, records + id], [id, instance, channel]);
  }

  close(): void {
    this.#connections.close();
  }

  async #ask(own: Own, all: boolean): Promise<Answer> {
    const after = all ? '0' : String(this.#seen.revision);
    const { announcement, digest } = own;
    const record = announcement?.record ?? '';
    const answer = await this.#run(own, digest === this.#sent ? '' : record, this.#seen, after);
    return answer.wanted && record !== '' ? this.#run(own, record, this.#seen, after) : answer;
  }

  async #run({ announcement, digest }: Own, record: string, seen: Seen, after: string): Promise<Answer> {
    const { id, instance } = announcement ?? { id: '', instance: '' };
    const node = { id, instance, digest, record, ttl: this.#host.ttl, first: this.#first, after };
    const { keys, records } = this.#names;
    return readAnswer(await this.#connections.run('beat', [...keys, records + id], beatArguments(node, seen, this.#names)));
  }

  /** Requests the rest of a list, page by page. Each request is a heartbeat, so that the own lease does not expire meanwhile. */
  async #pages(own: Own, first: Answer): Promise<Listing> {
    const digests = new Map(first.digests);
    const { whole } = first;
    let { strange } = first;
    let leftOut = 0;
    let answer = first;
    while (answer.next !== '') {
      answer = await this.#run(own, '', answer, answer.next);
      // The pages read so far are out of date, and this one is empty.
      if (answer.wanted || answer.epoch !== first.epoch) throw new Error('Redis lost nodes while they were being listed');
      strange += answer.strange;
      for (const [id, digest] of answer.digests) {
        if (digests.size < recordLimits.nodes || digests.has(id) || this.#nodes.has(id)) digests.set(id, digest);
        else leftOut += 1;
      }
    }
    this.#host.view.refuse(`an id must have at most ${longestId} bytes`, strange);
    const { epoch, revision, lastId } = answer;
    return { whole, digests, leftOut, seen: { epoch, revision, lastId } };
  }

  /**
   * Applies changes: fetches records that are not known.
   *
   * @param lost whether the store has lost data, so that its records may be older than the known ones
   */
  async #take({ digests, whole, leftOut, seen }: Listing, lost: boolean): Promise<void> {
    const { grace } = this.#host;
    for (const [id, digest] of digests) {
      // In a whole list, a node without a record may have lost it with the store: it returns with its next heartbeat.
      if (digest === '' && (!whole || !grace.active)) this.#nodes.remove(id);
    }
    if (whole && !grace.active) this.#nodes.retain(digests);
    const changed = [...digests].filter(([id, digest]) => digest !== '' && this.#nodes.markOf(id) !== digest);
    const added = changed.filter(([id]) => !this.#nodes.has(id));
    const known = changed.filter(([id]) => this.#nodes.has(id));
    if (lost && known.length > 0) this.#doubtful = true;
    const fitting = added.slice(0, Math.max(0, this.#nodes.room));
    if (whole) this.#nodes.list();
    this.#nodes.leaveOut(leftOut + added.length - fitting.length);
    const wanted = lost ? fitting : [...known, ...fitting];
    for (let from = 0; from < wanted.length; from += batch) {
      const some = wanted.slice(from, from + batch);
      const args = [String(recordLimits.size), this.#names.records, ...some.map(([id]) => id)];
      const records: readonly (string | null)[] = await this.#connections.run('fetch', this.#names.keys.slice(0, 1), args);
      for (const [index, [id, digest]] of some.entries()) {
        const record = records[index];
        // Its lease has expired since it was listed. It may return with the same digest, which must count as a change then.
        if (typeof record === 'string') this.#nodes.put(id, id, digest, record);
      }
    }
    this.#seen = seen;
  }

  /** Handles a message: applies it when it is the next change, otherwise asks the store. */
  #hear(text: string): void {
    const { beating, random } = this.#host;
    const { epoch, revision } = this.#seen;
    const news = readMessage(text);
    // The store was emptied: each node announces itself there with its next heartbeat, at a time of its own.
    if (news === undefined || news.epoch !== epoch || news.revision <= revision) return;
    if (news.revision !== revision + 1 || beating) return this.#host.soon(spread * random());
    this.#seen = { epoch, revision: news.revision, lastId: news.id };
    if (news.record === '') this.#nodes.remove(news.id);
    else if (this.#nodes.has(news.id) || this.#nodes.room > 0)
      this.#nodes.put(news.id, news.id, digestOf(news.record), news.record);
    else this.#nodes.leaveOut(1);
  }
}

function digestOf(record: string): string {
  return createHash('sha1').update(record).digest('base64url').slice(0, 12);
}
