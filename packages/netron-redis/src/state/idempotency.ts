/** Calls with a key that several nodes share: each runs once, wherever it comes to. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type IdempotencyStore, type KeptOutcome, NetronError } from '@omnitron-dev/netron';
import { readJson, writeJson } from '@omnitron-dev/netron/http/client';
import type { ErrorCodec, WireError } from '@omnitron-dev/netron/types';
import type { Commands } from './commands.js';
import type { Seal } from './results.js';

/** Milliseconds between two looks at a call that another node runs: the first, and the longest. */
const [firstLook, lastLook] = [5, 100];

/** Milliseconds after which a node that does not say that it still runs a call counts as gone. */
const lease = 10_000;

/** A call that this node runs. */
interface Running {
  readonly owner: string;
  readonly timer: NodeJS.Timeout;
}

/** Form in which an outcome is kept. */
type Written = { readonly value: unknown } | { readonly error: WireError };

/**
 * Keys of calls in Redis, for the middleware `idempotency`. A node that runs a call says so every few seconds; when it is gone before the
 * call has ended, repetitions are answered `unknown_outcome`: nobody knows whether it ran.
 */
export class RedisIdempotency implements IdempotencyStore {
  readonly #commands: Commands;
  readonly #space: string;
  readonly #seal: Seal | undefined;
  readonly #errors: ErrorCodec;
  readonly #running = new Map<string, Running>();

  /** @param errors turns errors into data and back */
  constructor(commands: Commands, prefix: string, seal: Seal | undefined, errors: ErrorCodec) {
    this.#commands = commands;
    // Both keys of a call in one slot of a cluster.
    this.#space = `{${prefix}:keys}`;
    this.#seal = seal;
    this.#errors = errors;
  }

  /** Calls that this node runs. */
  get size(): number {
    return this.#running.size;
  }

  async begin(key: string, ms: number, print = ''): Promise<KeptOutcome | 'forgotten' | undefined> {
    const owner = randomUUID();
    const { names, place } = this.#names(key);
    for (let pause = firstLook; ; pause = Math.min(pause * 2, lastLook)) {
      const answer = await this.#commands.run('begin', names, [owner, print, Math.ceil(ms), lease]);
      const [kind, text] = answer as [string, string];
      switch (kind) {
        case 'new':
          this.#runs(key, owner, ms);
          return undefined;
        case 'done':
          return this.#read(text, place);
        case 'other':
          throw new NetronError('invalid_argument', 'the idempotency key was used with other arguments');
        case 'lost':
          throw new NetronError('unknown_outcome', 'the node that ran this call is gone: nobody knows what became of it');
        default:
          await setTimeout(pause);
      }
    }
  }

  async keep(key: string, outcome: KeptOutcome, ms: number): Promise<void> {
    const { names, place } = this.#names(key);
    const owner = this.#ends(key);
    await this.#commands.run('settle', names, [owner, await this.#written(outcome, place), Math.ceil(ms)]);
  }

  async forget(key: string): Promise<void> {
    await this.#commands.run('forget', this.#names(key).names, [this.#ends(key)]);
  }

  /** Says no more what this node runs. */
  close(): void {
    for (const { timer } of this.#running.values()) clearInterval(timer);
    this.#running.clear();
  }

  #runs(key: string, owner: string, ms: number): void {
    const { names } = this.#names(key);
    const renew = (): void => {
      this.#commands.run('renew', names, [owner, Math.ceil(ms), lease]).catch(() => {});
    };
    const timer = setInterval(renew, lease / 4);
    timer.unref();
    this.#running.set(key, { owner, timer });
  }

  #ends(key: string): string {
    const running = this.#running.get(key);
    clearInterval(running?.timer);
    this.#running.delete(key);
    return running?.owner ?? '';
  }

  async #written(outcome: KeptOutcome, place: string): Promise<string> {
    const written: Written = outcome.ok ? { value: outcome.value } : { error: this.#errors.encode(outcome.error) };
    const text = writeJson(written, { rich: true, errors: this.#errors });
    return this.#seal === undefined ? text : this.#seal.seal(text, place);
  }

  async #read(text: string, place: string): Promise<KeptOutcome> {
    const opened = this.#seal === undefined ? text : await this.#seal.open(text, place);
    // Somebody has changed it, or its key has left the ring.
    if (opened === undefined) throw new NetronError('unknown_outcome', 'what became of this call cannot be read any more');
    const written = readJson(opened, { rich: true, errors: this.#errors }) as Written;
    return 'error' in written ? { ok: false, error: this.#errors.decode(written.error) } : { ok: true, value: written.value };
  }

  #names(key: string): { readonly names: readonly [call: string, lease: string]; readonly place: string } {
    const place = createHash('sha256').update(key).digest('base64url');
    return { names: [`${this.#space}:c:${place}`, `${this.#space}:l:${place}`], place };
  }
}
