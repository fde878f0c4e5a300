/** Announces a node in Redis and learns of the others: one script per beat, messages only to be sooner. */
import { createHash, randomBytes } from 'node:crypto';
import {
  atMost,
  type BackendHost,
  Beats,
  type DiscoveryBackend,
  networkAddresses,
  recordLimits,
} from '@omnitron-dev/netron/discovery';
import type { Cluster, Redis } from 'ioredis';
import { connectTo, prefixOf, type RedisConnection, type RedisNameOptions } from './clients.js';
import { readMessage } from './message.js';
import { beat, fetch, leave } from './scripts.js';

/** Records that are asked for at a time. */
const batch = 100;
/** Milliseconds that leaving may take. */
const leaveTime = 1_000;
/** Milliseconds without an answer after which the whole list is asked for: what has left is remembered for ten minutes. */
const longestAbsence = 300_000;

/**
 * Announces a node in Redis. All keys of a namespace are in one slot of a cluster.
 *
 * @param connection a URL, options of ioredis, or a client, which is copied and stays as it is
 */
export function redisDiscovery(connection: RedisConnection = {}, options: RedisNameOptions = {}): DiscoveryBackend {
  return new RedisBackend(connection, prefixOf(connection, options));
}

/** Record of another node. */
interface Known {
  readonly digest: string;
  readonly record: string;
}

class RedisBackend implements DiscoveryBackend {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #names: string;
  #host: BackendHost | undefined;
  #commands: Redis | Cluster | undefined;
  #messages: Redis | Cluster | undefined;
  #keys: readonly string[] = [];
  #prefix = '';
  #channel = '';
  readonly #nodes = new Map<string, Known>();
  #epoch = '';
  #revision = 0;
  #lastId = '';
  #answered = 0;
  /** Until when a list that was emptied is taken as incomplete: nodes are about to announce themselves again. */
  #grace = 0;
  #first = true;
  #conflict = false;
  /** Digest of the record that Redis has of this node. */
  #sent = '';
  #beats: Beats | undefined;

  constructor(connection: RedisConnection, names: string) {
    this.#connection = connection;
    this.#names = names;
  }

  async start(host: BackendHost): Promise<void> {
    this.#host = host;
    const beats = new Beats(host, () => this.#beat(host));
    this.#beats = beats;
    const space = `{${this.#names}:${host.namespace}}`;
    this.#prefix = `${space}:n:`;
    this.#channel = `${space}:news`;
    this.#keys = ['l', 'c', 'g', 'r', 'e'].map((name) => `${space}:${name}`);
    const commands = connectTo(this.#connection);
    this.#commands = commands;
    // Failures show in commands; without a listener they would end the process.
    let reason: Error | undefined;
    commands.on('error', (error: Error) => {
      reason = error;
      host.view.down(error);
    });
    commands.on('ready', () => beats.ask());
    this.#listen(host);
    beats.start();
    await commands.connect().catch((error: Error) => {
      throw reason ?? error;
    });
    await beats.now();
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
    const idle = this.#beats?.stop();
    const { id, instance } = host.own();
    const left = this.#conflict || this.#first ? Promise.resolve() : this.#leave(id, instance, idle);
    await atMost(host.clock, leaveTime, left);
    this.#commands?.disconnect();
    this.#messages?.disconnect();
  }

  async #leave(id: string, instance: string, idle: Promise<void> | undefined): Promise<void> {
    await idle;
    await this.#commands?.eval(leave, 6, ...this.#keys, this.#prefix + id, id, instance, this.#channel);
  }

  #listen(host: BackendHost): void {
    const messages = connectTo(this.#connection);
    this.#messages = messages;
    messages.on('error', () => {});
    messages.on('ready', () => void messages.subscribe(this.#channel).catch(() => {}));
    messages.on('message', (_channel: string, text: string) => this.#hear(host, text));
    void messages.connect().catch(() => {});
  }

  async #beat(host: BackendHost): Promise<void> {
    const now = host.clock.now();
    if (now - this.#answered > longestAbsence) this.#epoch = '';
    const wasGrace = this.#grace > 0;
    if (wasGrace && now >= this.#grace) {
      // Everybody has had time: what is not in the list now is gone.
      this.#grace = 0;
      this.#epoch = '';
    }
    const own = host.own();
    const addresses = networkAddresses(own.addresses);
    const record = JSON.stringify({ ...own, addresses });
    const announced = addresses.length > 0 && !this.#conflict;
    const digest = createHash('sha1').update(record).digest('base64url').slice(0, 12);
    let answer = await this.#run(host, announced ? own.id : '', own.instance, digest, digest === this.#sent ? '' : record);
    if (answer[4] === '1') answer = await this.#run(host, own.id, own.instance, digest, record);
    if (announced) this.#first = false;
    const [epoch = '', revision = '0', whole, rival = '', , lastId = '', ...pairs] = answer;
    if (rival !== '' && !this.#conflict) {
      this.#conflict = true;
      host.conflict(rival);
    } else if (announced) {
      this.#sent = digest;
    }
    if (whole === '1' && this.#epoch !== '' && this.#epoch !== epoch) this.#grace = now + 2.2 * host.interval;
    await this.#take(host, pairs, whole === '1');
    this.#epoch = epoch;
    this.#revision = Number(revision);
    this.#lastId = lastId;
    this.#answered = host.clock.now();
  }

  async #run(host: BackendHost, id: string, instance: string, digest: string, record: string): Promise<string[]> {
    const known = [this.#epoch, String(this.#revision), this.#lastId];
    const first = this.#first ? '1' : '0';
    const given = [id, instance, digest, record, String(host.ttl), first, ...known, randomBytes(8).toString('hex')];
    const commands = this.#commands as Redis;
    return (await commands.eval(beat, 6, ...this.#keys, this.#prefix + id, ...given, this.#prefix, this.#channel)) as string[];
  }

  /** Takes over what has changed: fetches records that are not known. */
  async #take(host: BackendHost, pairs: readonly string[], whole: boolean): Promise<void> {
    const wanted: string[] = [];
    const digests = new Map<string, string>();
    for (let index = 0; index < pairs.length; index += 2) {
      const [id = '', digest = ''] = [pairs[index], pairs[index + 1]];
      digests.set(id, digest);
      if (digest !== '' && this.#nodes.get(id)?.digest !== digest) wanted.push(id);
    }
    for (let from = 0; from < wanted.length; from += batch) {
      const ids = wanted.slice(from, from + batch);
      const size = String(recordLimits.size);
      const records = (await (this.#commands as Redis).eval(
        fetch,
        1,
        this.#keys[0] as string,
        size,
        this.#prefix,
        ...ids,
      )) as string[];
      for (const [index, id] of ids.entries()) this.#put(host, id, digests.get(id) as string, records[index] ?? '');
    }
    for (const [id, digest] of digests) if (digest === '') this.#remove(host, id);
    if (!whole || this.#grace > host.clock.now()) return;
    for (const id of [...this.#nodes.keys()]) if (!digests.has(id)) this.#remove(host, id);
  }

  #put(host: BackendHost, id: string, digest: string, record: string): void {
    this.#nodes.set(id, { digest, record });
    // The name of the key and the id in the record are one: otherwise leaving could not be told.
    host.view.put(record === '' || idOf(record) === id ? record : '');
  }

  #remove(host: BackendHost, id: string): void {
    if (this.#nodes.delete(id)) host.view.remove(id);
  }

  /** News: taken over when it is the next change, otherwise a reason to ask. */
  #hear(host: BackendHost, text: string): void {
    const news = readMessage(text);
    if (news === undefined || this.#host === undefined) return;
    if (news.epoch === this.#epoch && news.revision <= this.#revision) return;
    if (news.epoch !== this.#epoch || news.revision !== this.#revision + 1 || this.#beats?.running === true) {
      // Not all at once: a change is news for everybody.
      this.#beats?.soon(200 * host.random());
      return;
    }
    this.#revision = news.revision;
    this.#lastId = news.id;
    if (news.record === '') this.#remove(host, news.id);
    else if (news.record.length <= recordLimits.size) {
      this.#put(host, news.id, createHash('sha1').update(news.record).digest('base64url').slice(0, 12), news.record);
    }
  }
}

function idOf(record: string): unknown {
  try {
    return (JSON.parse(record) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
