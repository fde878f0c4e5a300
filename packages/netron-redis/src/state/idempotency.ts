/** Calls with a key that several nodes share: each runs once, whichever node receives it. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type IdempotencyStore, type KeptOutcome, NetronError } from '@omnitron-dev/netron';
import { readJson, writeJson } from '@omnitron-dev/netron/http/client';
import type { ErrorCodec, WireError } from '@omnitron-dev/netron/types';
import type { Commands } from './commands.js';
import { Endings } from './endings.js';
import type { Seal } from './results.js';

/** Milliseconds between two checks of a call that another node runs: the first, and the longest. */
const [firstLook, lastLook] = [5, 100];

/** Milliseconds without a renewal after which a node that runs a call counts as gone. */
const lease = 10_000;

/** A call that this node runs. */
interface Running {
  readonly owner: string;
  /** Milliseconds for which its key is remembered. */
  readonly ms: number;
  readonly timer: NodeJS.Timeout;
}

/** Form in which an outcome is stored. */
type Written = { readonly value: unknown } | { readonly error: WireError };

/**
 * Keys of calls in Redis, for the middleware `idempotency`. A node renews the lease of each running call every few seconds. When the node
 * disappears before the call has ended, repeated calls are answered with `unknown_outcome`. While Redis does not answer, outcomes are sent
 * again until it does.
 */
export class RedisIdempotency implements IdempotencyStore {
  readonly #commands: Commands;
  readonly #endings: Endings;
  readonly #space: string;
  readonly #seal: Seal | undefined;
  readonly #errors: ErrorCodec;
  readonly #running = new Map<string, Running>();
  /** Requests that Redis has not answered. */
  readonly #asked = new Set<Promise<unknown>>();
  #closed = false;

  /** @param errors converts errors to data and back */
  constructor(commands: Commands, prefix: string, seal: Seal | undefined, errors: ErrorCodec) {
    this.#commands = commands;
    this.#endings = new Endings(commands);
    // Both keys of a call are in one slot of a cluster.
    this.#space = `{${prefix}:keys}`;
    this.#seal = seal;
    this.#errors = errors;
  }

  /** Number of calls that this node runs. */
  get size(): number {
    return this.#running.size;
  }

  async begin(key: string, ms: number, print = '', signal?: AbortSignal): Promise<KeptOutcome | 'forgotten' | undefined> {
    const owner = randomUUID();
    const { names, place } = this.#names(key);
    for (let wait = firstLook; ; wait = Math.min(wait * 2, lastLook)) {
      signal?.throwIfAborted();
      if (this.#closed) throw new NetronError('unavailable', 'the idempotency store is closed');
      const asked = this.#ask(names, owner, print, ms, signal);
      this.#asked.add(asked);
      const [kind, text] = await asked.finally(() => this.#asked.delete(asked));
      switch (kind) {
        case 'new':
          this.#runs(key, owner, ms);
          return undefined;
        case 'done':
          return this.#read(text, place);
        case 'other':
          throw new NetronError('invalid_argument', 'the idempotency key was used with other arguments');
        case 'lost':
          throw new NetronError('unknown_outcome', 'the node that ran this call is gone: its outcome is unknown');
        default:
          await setTimeout(wait);
      }
    }
  }

  async keep(key: string, outcome: KeptOutcome, ms: number): Promise<void> {
    const { names, place } = this.#names(key);
    const owner = this.#ends(key);
    // The lease expires on its own: a new connection would never be closed.
    if (this.#closed) return;
    const text = await this.#written(outcome, place);
    await this.#endings.tell({ script: 'settle', names, args: [owner, text, Math.ceil(ms)], ms });
  }

  async forget(key: string): Promise<void> {
    const { ms, owner } = this.#running.get(key) ?? { ms: 0, owner: '' };
    this.#ends(key);
    if (this.#closed) return;
    await this.#endings.tell({ script: 'forget', names: this.#names(key).names, args: [owner], ms });
  }

  /** Stops renewing leases and accepts no more calls. Resolves when Redis has all outcomes, or after some seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#running.values()) clearInterval(timer);
    this.#running.clear();
    await Promise.allSettled(this.#asked);
    await this.#endings.close();
  }

  /** Requests a key once. A key that arrives too late, or whose caller no longer waits, is released again. */
  async #ask(
    names: readonly string[],
    owner: string,
    print: string,
    ms: number,
    signal?: AbortSignal,
  ): Promise<[string, string]> {
    let sent = false;
    try {
      const args = [owner, print, whileRunning(ms), lease];
      const answer = (await this.#commands.run('begin', names, args, () => {
        sent = true;
      })) as [string, string];
      if (answer[0] === 'new') {
        signal?.throwIfAborted();
        if (this.#closed) throw new NetronError('unavailable', 'the idempotency store is closed');
      }
      return answer;
    } catch (error) {
      if (sent) this.#endings.tell({ script: 'forget', names, args: [owner], ms }).catch(() => {});
      throw error;
    }
  }

  #runs(key: string, owner: string, ms: number): void {
    const { names } = this.#names(key);
    const renew = (): void => {
      this.#commands.run('renew', names, [owner, whileRunning(ms), lease]).catch(() => {});
    };
    // Redis may have lost the key, so that the call was started again here.
    this.#ends(key);
    const timer = setInterval(renew, lease / 4);
    timer.unref();
    this.#running.set(key, { owner, ms, timer });
  }

  #ends(key: string): string {
    const running = this.#running.get(key);
    clearInterval(running?.timer);
    this.#running.delete(key);
    return running?.owner ?? '';
  }

  /** Returns the outcome as text. When it cannot be written, the call has run all the same, and repeated calls learn that. */
  async #written(outcome: KeptOutcome, place: string): Promise<string> {
    const text = this.#text(outcome);
    return this.#seal === undefined ? text : this.#seal.seal(text, place);
  }

  #text(outcome: KeptOutcome): string {
    const write = (written: Written): string => writeJson(written, { rich: true, errors: this.#errors });
    if (!outcome.ok) return write({ error: this.#errors.encode(outcome.error) });
    try {
      return write({ value: outcome.value });
    } catch (cause) {
      const reason = (cause as Error).message;
      return write({
        error: this.#errors.encode(
          new NetronError('unknown_outcome', `the call ran, but its result cannot be stored: ${reason}`),
        ),
      });
    }
  }

  async #read(text: string, place: string): Promise<KeptOutcome> {
    const opened = this.#seal === undefined ? text : await this.#seal.open(text, place);
    // It was changed in Redis, or its key has left the ring.
    if (opened === undefined) throw new NetronError('unknown_outcome', 'the stored outcome of this call cannot be read');
    const written = readJson(opened, { rich: true, errors: this.#errors }) as Written;
    return 'error' in written ? { ok: false, error: this.#errors.decode(written.error) } : { ok: true, value: written.value };
  }

  #names(key: string): { readonly names: readonly [call: string, lease: string]; readonly place: string } {
    const place = createHash('sha256').update(key).digest('base64url');
    return { names: [`${this.#space}:c:${place}`, `${this.#space}:l:${place}`], place };
  }
}

/**
 * Returns the milliseconds for which the key of a running call is kept with each renewal: longer than its lease, so that repeated calls
 * learn of a lost run.
 */
function whileRunning(ms: number): number {
  return Math.ceil(lease + Math.max(ms, lease));
}
