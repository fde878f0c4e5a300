/** Middleware of the program, at one of four stages of a call. */
import { onlyOptions } from '@omnitron-dev/netron/http/client';
import type { TimeLimit } from '../util/limit.js';
import { load } from '../util/load.js';
import type { RunStage } from './run-stage.js';

/** Stage of a call at which a middleware runs. */
export type Stage = 'PRE_CALL' | 'PRE_REQUEST' | 'POST_RESPONSE' | 'ERROR';

/** A request that middleware may read and change. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  /** Headers to replace or extend. Names are case-insensitive: of several that differ only in case, the last one counts. */
  headers: Record<string, string>;
}

/** A response as middleware sees it. */
export interface IncomingResponse {
  readonly status: number;
  readonly headers: Headers;
}

/** One call as middleware sees it. */
export interface MiddlewareContext {
  readonly service: string;
  readonly method: string;
  args: unknown[];
  /** At PRE_CALL, its headers are those of every attempt. */
  readonly request: OutgoingRequest;
  /** Set from POST_RESPONSE on. */
  response: IncomingResponse | undefined;
  /** Result for the caller. Set from POST_RESPONSE on, and after `next()` at PRE_CALL. */
  result: unknown;
  /** Set at ERROR. Assign another error, or `undefined` together with a `result`, to change what the caller receives. */
  error: unknown;
  /** Number of failed attempts before this one. */
  attempt: number;
  readonly signal: AbortSignal | undefined;
  /** State that middleware may share. */
  readonly state: Map<unknown, unknown>;
}

/**
 * Middleware of a page.
 *
 * - `PRE_CALL`: around the whole call, with cache and retries; not around the reads of `watch` and `prefetch`.
 * - `PRE_REQUEST` (default): around each attempt, before it is sent. Also runs, with an empty `service`, to find out who the user is.
 * - `POST_RESPONSE`: after each successful attempt.
 * - `ERROR`: after each failed attempt.
 */
export interface NetronMiddleware {
  /** Middleware with a lower number runs first and wraps the others. Default 100. */
  readonly priority?: number;
  /** A `Stage`. */
  readonly stage?: string;
  /**
   * Whether it leaves the headers of requests unchanged. Other middleware at `PRE_REQUEST` may set `authorization`: it also runs before a
   * cached value is shown, to determine the user, and the value is shown one turn later. Default `false`.
   */
  readonly passive?: boolean;
  execute(context: MiddlewareContext, next: () => Promise<void>): unknown;
}

/** A function as middleware. */
export type MiddlewareFunction = (context: MiddlewareContext, next: () => Promise<void>) => unknown;

/** The properties of a call that do not change. */
export type CallFacts = Pick<MiddlewareContext, 'service' | 'method' | 'args' | 'signal'>;

/** Makes a call with the arguments and headers that the middleware around it has prepared. */
export type RunCall = (args: unknown[], headers: Record<string, string>, state: Map<unknown, unknown>) => Promise<unknown>;

/** Function that continues a call. */
export type Step = (context: MiddlewareContext) => Promise<void>;

const stages: readonly string[] = ['PRE_CALL', 'PRE_REQUEST', 'POST_RESPONSE', 'ERROR'] satisfies Stage[];

const code = () => load(import('./run-stage.js'), 'middleware');

/** One middleware with its stage and priority. */
export interface Registered {
  readonly priority: number;
  readonly stage: Stage;
  readonly passive: boolean;
  readonly execute: MiddlewareFunction;
}

/** The middleware of one peer. The code that runs it is loaded with the first one. */
export class Pipeline {
  /** Replaced, never changed in place: `runStage` caches chains by list. */
  #registered: readonly Registered[] = [];
  #runStage: RunStage | undefined;

  /**
   * Adds a middleware.
   *
   * @throws TypeError when it is not middleware, or its stage is unknown
   */
  use(
    middleware: NetronMiddleware | MiddlewareFunction,
    options: Pick<NetronMiddleware, 'priority' | 'stage' | 'passive'> = {},
  ): void {
    const given: NetronMiddleware = typeof middleware === 'function' ? { execute: middleware } : middleware;
    if (typeof given?.execute !== 'function')
      throw new TypeError('middleware must be a function or an object with execute(context, next)');
    onlyOptions('use', options, { priority: true, stage: true, passive: true });
    const stage = options.stage ?? given.stage ?? 'PRE_REQUEST';
    if (!stages.includes(stage)) throw new TypeError(`stage must be one of ${stages.join(', ')}, not '${stage}'`);
    const priority = options.priority ?? given.priority ?? 100;
    const passive = options.passive ?? given.passive ?? false;
    const execute: MiddlewareFunction = (context, next) => given.execute(context, next);
    const all = [...this.#registered, { priority, stage: stage as Stage, passive, execute }];
    this.#registered = all.sort((a, b) => a.priority - b.priority);
    // Preloads the code. A call that needs it receives the failure.
    this.#load().catch(() => {});
  }

  /** Whether there is middleware for a stage. */
  has(stage: Stage): boolean {
    return this.#registered.some((entry) => entry.stage === stage);
  }

  /** Whether there is middleware that may set headers of a request. */
  get setsHeaders(): boolean {
    return this.#registered.some(({ stage, passive }) => stage === 'PRE_REQUEST' && !passive);
  }

  /**
   * Runs `innermost` inside the middleware of a stage.
   *
   * @throws NetronError `unavailable` when there is middleware whose code cannot be loaded
   */
  run(stage: Stage, context: MiddlewareContext, innermost: Step): Promise<void> {
    // Checks for any middleware, not only for that of this stage: a failure to load comes before anything is sent.
    if (this.#registered.length === 0) return innermost(context);
    const run = this.#runStage;
    if (run !== undefined) return run(this.#registered, stage, context, innermost);
    return this.#load().then((loaded) => loaded(this.#registered, stage, context, innermost));
  }

  /** Returns the headers that middleware would add to a request now, with names in lower case. */
  async headers(url: string): Promise<Readonly<Record<string, string>>> {
    return (await code()).headersOf(this, url);
  }

  /** Runs a call inside the PRE_CALL middleware, which has the time of `limit` before the call and again after it. */
  async around(request: OutgoingRequest, call: CallFacts, run: RunCall, limit: TimeLimit): Promise<unknown> {
    return (await code()).around(this, request, call, run, limit);
  }

  async #load(): Promise<RunStage> {
    this.#runStage ??= (await code()).runStage;
    return this.#runStage;
  }
}
