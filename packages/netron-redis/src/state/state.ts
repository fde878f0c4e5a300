/** State that the nodes of an application share: limits, results, revocations. */
import { checkNumbers, checkOptions, createErrorCodec, longestDelay, type OptionNames } from '@omnitron-dev/netron';
import type { ErrorClasses } from '@omnitron-dev/netron/types';
import { checkTimes, prefixOf, type RedisConnection } from '../clients.js';
import { Commands } from './commands.js';
import { RedisIdempotency } from './idempotency.js';
import { type LimitRule, SlidingWindowRateLimiter, shortPatience } from './limiter.js';
import { RedisResults, type Seal } from './results.js';
import { type RevocationList, SharedRevocations } from './revocations.js';
import { begin, drop, forget, invalidate, keep, limit, release, renew, revoke, settle, take } from './scripts.js';

/** Options of shared state. */
export interface RedisStateOptions {
  /** Milliseconds for a command, for which calls wait. Default 1,000. */
  readonly timeout?: number;
  /** Seals results: without it, anyone who can write to Redis can answer calls. Default: none. */
  readonly seal?: Seal;
  /** Milliseconds after which another node may compute a result that was started. Default 30,000. */
  readonly turn?: number;
  /** Error classes that are restored as instances from calls with an idempotency key, as in the option of a node. Default: none. */
  readonly errors?: ErrorClasses;
  /** Milliseconds for which revocations are kept: at least the longest life of a token. Default 24 h. */
  readonly keepRevocations?: number;
}

const names: OptionNames<RedisStateOptions> = { errors: true, keepRevocations: true, seal: true, timeout: true, turn: true };

/**
 * State in Redis for the options of an application:
 *
 * ```ts
 * const state = new RedisState('redis://localhost:6379');
 * createApp({ security: { rateLimit: state.limiter }, cache: { store: state.results } });
 * ```
 *
 * While Redis does not answer, every operation fails with `unavailable` at once: the application then counts locally, computes results
 * again, and sends its revocations later.
 */
export class RedisState implements Disposable, AsyncDisposable {
  /** Creates the limiter of a rule. */
  readonly limiter: (rule: LimitRule) => SlidingWindowRateLimiter;
  readonly results: RedisResults;
  /** Keys of calls, for the middleware `idempotency({ store: state.idempotency })`. */
  readonly idempotency: RedisIdempotency;
  readonly #commands: Commands;
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #keep: number;
  readonly #shared = new Set<SharedRevocations>();

  /**
   * @param connection a URL, options, or a client of ioredis, which is copied
   * @throws TypeError when an option is unknown; RangeError when a time is not a number above 0, or `timeout` is more than 24 days
   */
  constructor(connection: RedisConnection = {}, options: RedisStateOptions = {}) {
    checkOptions('RedisState', options, names);
    const { timeout = shortPatience, seal, turn = 30_000, errors, keepRevocations = 24 * 60 * 60_000 } = options;
    checkNumbers('RedisState', { timeout, turn, keepRevocations }, 'a positive number of milliseconds');
    checkTimes('RedisState', connection);
    if (timeout > longestDelay) throw new RangeError(`timeout must be at most ${longestDelay} ms (24 days), not ${timeout}`);
    this.#connection = connection;
    this.#prefix = prefixOf(connection);
    this.#keep = keepRevocations;
    this.#commands = new Commands(
      connection,
      { begin, drop, forget, invalidate, keep, limit, release, renew, revoke, settle, take },
      timeout,
    );
    this.limiter = (rule) => new SlidingWindowRateLimiter(this.#commands, rule, this.#prefix);
    this.results = new RedisResults(this.#commands, this.#prefix, seal, Math.ceil(turn));
    this.idempotency = new RedisIdempotency(this.#commands, this.#prefix, seal, createErrorCodec(errors));
  }

  /**
   * Shares revocations with other nodes, in both directions. Resolves when this node knows those in Redis, or when Redis does not answer:
   * then it keeps trying.
   *
   * @returns a function that stops it
   */
  async shareRevocations(revocations: RevocationList): Promise<() => void> {
    const shared = new SharedRevocations(revocations, this.#commands, this.#connection, this.#prefix, this.#keep);
    this.#shared.add(shared);
    await shared.sync();
    return () => {
      shared.close();
      this.#shared.delete(shared);
    };
  }

  /**
   * Closes all connections. When the node has stopped first, each of its calls with a key ends up finished or released: resolves when Redis
   * has their outcomes, or does not answer within a few seconds.
   */
  async close(): Promise<void> {
    for (const shared of this.#shared) shared.close();
    this.#shared.clear();
    await this.idempotency.close();
    this.#commands.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    void this.close();
  }
}
