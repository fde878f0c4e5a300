/** Revocations that several nodes share: messages make them fast, a list makes them reliable. */
import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { connectTo, type RedisConnection, subscribeTo } from '../clients.js';
import type { Commands } from './commands.js';

/** Milliseconds between two checks of the list. */
const interval = 1_000;
/** Most revocations that wait for Redis; beyond it, they are taken from the list of the node. */
const maxWaiting = 100_000;
/** Most revocations of one command. */
const page = 1_000;

/** Initial state: the node has seen nothing of Redis. */
const nothing = { epoch: '', revision: '0', mark: '' };

type Revocation = { readonly tokenId: string } | { readonly userId: string };

/** A `Revocations` of netron-auth. */
export interface RevocationList {
  revoke(revocation: Revocation, at?: number): void;
  entries(): Iterable<readonly [Revocation, number]>;
  on(listener: (revocation: Revocation, at: number) => void): () => void;
}

/** Synchronizes the revocations of this node with those of others. */
export class SharedRevocations {
  readonly #list: RevocationList;
  readonly #commands: Commands;
  readonly #messages: Redis | Cluster;
  readonly #keys: readonly string[];
  readonly #channel: string;
  readonly #keep: number;
  /** Revocations that Redis lacks, as text with their times. */
  readonly #waiting = new Map<string, number>();
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  /** State of Redis that this node has seen. Without an epoch, both lists are compared. */
  #seen = nothing;
  #fromOthers = false;
  #syncing: Promise<void> | undefined;

  /** @param keep milliseconds for which Redis keeps them */
  constructor(list: RevocationList, commands: Commands, connection: RedisConnection, prefix: string, keep: number) {
    this.#list = list;
    this.#commands = commands;
    this.#keys = [`{${prefix}:revoked}:list`, `{${prefix}:revoked}:changes`];
    this.#channel = `{${prefix}:revoked}:news`;
    this.#keep = keep;
    this.#end = list.on((revocation, at) => this.#revoked(revocation, at));
    this.#timer = setInterval(() => void this.sync(), interval);
    this.#timer.unref();
    const messages = connectTo(connection);
    messages.on('error', () => {});
    messages.on('message', (_channel: string, text: string) => this.#heard(text));
    messages.on('ready', () => {
      subscribeTo(messages, [this.#channel]).catch(() => {});
      // It may be another server with fewer revocations.
      this.#compare();
    });
    messages.connect().catch(() => {});
    this.#messages = messages;
  }

  /**
   * Sends the waiting revocations, including those that Redis has lost, and reads new ones. Never rejects: failures are retried a second
   * later.
   */
  async sync(): Promise<void> {
    this.#syncing ??= this.#sync()
      .catch(() => {})
      .finally(() => {
        this.#syncing = undefined;
      });
    return this.#syncing;
  }

  close(): void {
    this.#end();
    clearInterval(this.#timer);
    this.#messages.disconnect();
  }

  async #sync(): Promise<void> {
    do {
      const seen = this.#seen;
      const { epoch, revision, mark } = seen;
      const sent = first(this.#waiting, page);
      const args = [
        this.#channel,
        Date.now() - this.#keep,
        epoch,
        revision,
        mark,
        randomBytes(8).toString('hex'),
        ...sent.flat(),
      ];
      const [now = '', last = '', made = '', which, ...rest] = (await this.#commands.run('revoke', this.#keys, args)) as string[];
      for (const [text, at] of sent) if (this.#waiting.get(text) === at) this.#waiting.delete(text);
      const there = new Map<string, number>();
      for (let index = 0; index < rest.length; index += 2) there.set(rest[index]!, Number(rest[index + 1]));
      for (const [text, at] of there) this.#apply(text, at);
      if (which === 'all') this.#putBack(there);
      // When something happened meanwhile, such as a reconnect, the lists are compared once more.
      if (this.#seen === seen) this.#seen = { epoch: now, revision: last, mark: made };
    } while (this.#waiting.size > 0);
  }

  /** Queues the revocations that Redis lacks. */
  #putBack(there: ReadonlyMap<string, number>): void {
    const over = Date.now() - this.#keep;
    for (const [revocation, at] of this.#list.entries()) {
      if (at <= over) continue;
      const text = JSON.stringify(revocation);
      if ((there.get(text) ?? Number.NEGATIVE_INFINITY) < at) this.#waiting.set(text, at);
    }
  }

  #compare(): void {
    this.#seen = { ...nothing };
  }

  #revoked(revocation: Revocation, at: number): void {
    if (this.#fromOthers) return;
    if (this.#waiting.size < maxWaiting) this.#waiting.set(JSON.stringify(revocation), at);
    else this.#compare();
    void this.sync();
  }

  #heard(text: string): void {
    const [, at, rest] = /^(\d{1,16}) (\{.*\})$/s.exec(text) ?? [];
    if (at !== undefined && rest !== undefined) this.#apply(rest, Number(at));
  }

  #apply(text: string, at: number): void {
    const revocation = read(text);
    if (revocation === undefined || !Number.isFinite(at)) return;
    this.#fromOthers = true;
    try {
      this.#list.revoke(revocation, at);
    } catch {
      // The node keeps as many as it can: the list has its own limit, which its `overflowed` reports.
    } finally {
      this.#fromOthers = false;
    }
  }
}

function first<T>(of: Iterable<T>, most: number): T[] {
  const found: T[] = [];
  for (const each of of) if (found.push(each) === most) break;
  return found;
}

/** Parses `{"tokenId":…}` or `{"userId":…}`; any other text is `undefined`. */
function read(text: string): Revocation | undefined {
  try {
    const { tokenId, userId } = JSON.parse(text) as Record<string, unknown>;
    if (typeof tokenId === 'string') return { tokenId };
    return typeof userId === 'string' ? { userId } : undefined;
  } catch {
    return undefined;
  }
}
