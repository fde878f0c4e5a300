/** Revocations that several nodes share: a message makes them quick, a list makes them certain. */
import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { connectTo, type RedisConnection } from '../clients.js';
import type { Commands } from './commands.js';

/** Milliseconds between two looks at the list. */
const interval = 1_000;
/** Revocations that wait for Redis at most; when there are more, they are found in the list of the node. */
const mostWaiting = 100_000;
/** Revocations of one command. */
const page = 1_000;

/** State of Redis of which a node has seen nothing. */
const nothing = { epoch: '', revision: '0', mark: '' };

type Revocation = { readonly tokenId: string } | { readonly userId: string };

/** A `Revocations` of netron-auth. */
export interface RevocationList {
  revoke(revocation: Revocation, at?: number): void;
  entries(): Iterable<readonly [Revocation, number]>;
  on(listener: (revocation: Revocation, at: number) => void): () => void;
}

/** Keeps the revocations of this node and those of others the same. */
export class SharedRevocations {
  readonly #list: RevocationList;
  readonly #commands: Commands;
  readonly #messages: Redis | Cluster;
  readonly #keys: readonly string[];
  readonly #channel: string;
  readonly #keep: number;
  /** Times by text of those that Redis has not got yet. */
  readonly #waiting = new Map<string, number>();
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  /** State of Redis that this node has seen. Without an epoch both lists are compared. */
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
      messages.subscribe(this.#channel).catch(() => {});
      // It may be another server, with fewer of them.
      this.#compare();
    });
    messages.connect().catch(() => {});
    this.#messages = messages;
  }

  /** Sends what waits, also what Redis has lost, and reads what is new. Never rejects: what fails is repeated a second later. */
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
      // What came meanwhile, as another connection, is compared once more.
      if (this.#seen === seen) this.#seen = { epoch: now, revision: last, mark: made };
    } while (this.#waiting.size > 0);
  }

  /** Has those sent that Redis lacks. */
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
    if (this.#waiting.size < mostWaiting) this.#waiting.set(JSON.stringify(revocation), at);
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
      // There are as many as the node keeps: the list has its own bound, and its `overflowed` says so.
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

/** Reads `{"tokenId":…}` or `{"userId":…}`; anything else is `undefined`. */
function read(text: string): Revocation | undefined {
  try {
    const { tokenId, userId } = JSON.parse(text) as Record<string, unknown>;
    if (typeof tokenId === 'string') return { tokenId };
    return typeof userId === 'string' ? { userId } : undefined;
  } catch {
    return undefined;
  }
}
