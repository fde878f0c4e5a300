/** Cached results of calls that several nodes share. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Commands, RedisHealth } from './commands.js';

/** Seals texts before they leave the process: a `KeyRing` of netron-auth. */
export interface Seal {
  seal(text: string, place: string): Promise<string>;
  open(sealed: string, place: string): Promise<string | undefined>;
}

/** Longest lifetime of a result, in milliseconds: states of tags live longer. */
const longest = 24 * 60 * 60_000;

/** Milliseconds between two checks of a result that another node computes: the first, and the longest. */
const [firstLook, lastLook] = [5, 100];

/**
 * Results by key, as text. One node at a time computes a missing result; others wait for it. Invalidating a tag makes every result stale
 * that was stored, or started, before.
 */
export class RedisResults {
  readonly #commands: Commands;
  readonly #space: string;
  readonly #seal: Seal | undefined;
  readonly #turn: number;
  /** States of tags by ticket, for results that are being computed. */
  readonly #states = new Map<string, string>();

  /** @param turn milliseconds after which another node may compute a result that was started */
  constructor(commands: Commands, prefix: string, seal: Seal | undefined, turn: number) {
    this.#commands = commands;
    // All keys are in one slot of a cluster: a script reads results and tags together.
    this.#space = `{${prefix}:results}`;
    this.#seal = seal;
    this.#turn = turn;
  }

  /** Reports whether Redis answers. */
  async health(): Promise<RedisHealth> {
    return this.#commands.health();
  }

  /** Reads a result, waits for the node that computes it, or returns a ticket for computing it. */
  async get(key: string, tags: readonly string[]): Promise<{ readonly text: string } | { readonly ticket: string }> {
    const ticket = randomUUID();
    const { result, turn } = this.#keys(key);
    for (let pause = firstLook; ; pause = Math.min(pause * 2, lastLook)) {
      const answer = await this.#commands.run('take', [result, turn, ...this.#tags(tags)], [ticket, this.#turn]);
      const [kind, value] = answer as [string, string];
      if (kind === 'hit') {
        const text = this.#seal ? await this.#seal.open(value, key) : value;
        if (text !== undefined) return { text };
        // It was changed in Redis, or its key has left the ring.
        await this.#commands.run('drop', [result], []);
        continue;
      }
      if (kind === 'make') {
        this.#states.set(ticket, value);
        return { ticket };
      }
      await setTimeout(pause);
    }
  }

  /** @param ttl milliseconds, at most a day */
  async set(key: string, text: string, ttl: number, _tags: readonly string[], ticket: string): Promise<void> {
    const state = this.#states.get(ticket) ?? '';
    this.#states.delete(ticket);
    const { result, turn } = this.#keys(key);
    const kept = this.#seal ? await this.#seal.seal(text, key) : text;
    await this.#commands.run('keep', [result, turn], [ticket, state, kept, Math.ceil(Math.min(ttl, longest))]);
  }

  async release(key: string, ticket: string): Promise<void> {
    if (!this.#states.delete(ticket)) return;
    await this.#commands.run('release', [this.#keys(key).turn], [ticket]);
  }

  async invalidate(tags: readonly string[]): Promise<void> {
    if (tags.length > 0) await this.#commands.run('invalidate', this.#tags(tags), [randomUUID(), longest * 2]);
  }

  #keys(key: string): { readonly result: string; readonly turn: string } {
    const name = createHash('sha256').update(key).digest('base64url');
    return { result: `${this.#space}:r:${name}`, turn: `${this.#space}:m:${name}` };
  }

  #tags(tags: readonly string[]): string[] {
    return [...new Set(tags)].sort().map((tag) => `${this.#space}:t:${tag}`);
  }
}
