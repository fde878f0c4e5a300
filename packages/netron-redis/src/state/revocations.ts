/** Revocations that several nodes share: a message makes them quick, a list makes them certain. */
import type { Cluster, Redis } from 'ioredis';
import { connectTo, type RedisConnection } from '../clients.js';
import type { Commands } from './commands.js';

/** Milliseconds between two looks at the list. */
const interval = 1_000;
/** Milliseconds by which clocks of nodes may differ. */
const drift = 60_000;
/** Revocations that wait for Redis at most; they hold on this node in any case. */
const mostWaiting = 100_000;

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
  readonly #key: string;
  readonly #channel: string;
  readonly #keep: number;
  /** Times by text of those that Redis has not got yet. */
  readonly #waiting = new Map<string, number>();
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  #seen = 0;
  #fromOthers = false;
  #syncing: Promise<void> | undefined;

  /** @param keep milliseconds for which Redis keeps them */
  constructor(list: RevocationList, commands: Commands, connection: RedisConnection, prefix: string, keep: number) {
    this.#list = list;
    this.#commands = commands;
    this.#key = `{${prefix}:revoked}:list`;
    this.#channel = `{${prefix}:revoked}:news`;
    this.#keep = keep;
    for (const [revocation, at] of list.entries()) this.#waiting.set(JSON.stringify(revocation), at);
    this.#end = list.on((revocation, at) => this.#revoked(revocation, at));
    this.#timer = setInterval(() => void this.sync(), interval);
    this.#timer.unref();
    const messages = connectTo(connection);
    messages.on('error', () => {});
    messages.on('message', (_channel: string, text: string) => this.#heard(text));
    messages.on('ready', () => {
      messages.subscribe(this.#channel).catch(() => {});
    });
    messages.connect().catch(() => {});
    this.#messages = messages;
  }

  /** Sends what waits and reads what is new. Never rejects: what fails is repeated a second later. */
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
    const sent = [...this.#waiting];
    const now = Date.now();
    const from = this.#seen === 0 ? 0 : this.#seen - drift;
    const args = [this.#channel, now - this.#keep, from, ...sent.flat()];
    const answer = (await this.#commands.run('revoke', [this.#key], args)) as string[];
    for (const [text, at] of sent) if (this.#waiting.get(text) === at) this.#waiting.delete(text);
    for (let index = 0; index < answer.length; index += 2) this.#apply(answer[index]!, Number(answer[index + 1]));
    this.#seen = now;
  }

  #revoked(revocation: Revocation, at: number): void {
    if (this.#fromOthers || this.#waiting.size >= mostWaiting) return;
    this.#waiting.set(JSON.stringify(revocation), at);
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
