/** The program's own steps in a call, at one of four stages. */
import { onlyOptions } from '@omnitron-dev/netron/http/client';
import type { TimeLimit } from '../util/limit.js';
import { load } from '../util/load.js';
import type { RunStage } from './run-stage.js';

/** Moment in a call at which a middleware runs. */
export type Stage = 'PRE_CALL' | 'PRE_REQUEST' | 'POST_RESPONSE' | 'ERROR';

/** One request on its way, as middleware may read and change it. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  /** Replace or add to; names in any case: of several that differ in case alone the last one counts. */
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
  /** At PRE_CALL its headers are those that every attempt will have. */
  readonly request: OutgoingRequest;
  /** From POST_RESPONSE on. */
  response: IncomingResponse | undefined;
  /** Result for the caller; from POST_RESPONSE on, and after `next()` at PRE_CALL. */
  result: unknown;
  /** At ERROR: set another, or `undefined` with a `result`, to change what the caller gets. */
  error: unknown;
  /** How many attempts have failed before this one. */
  attempt: number;
  readonly signal: AbortSignal | undefined;
  /** For middleware to hand things to each other. */
  readonly state: Map<unknown, unknown>;
}

/**
 * Middleware of a page.
 *
 * - `PRE_CALL`: around the whole call, cache and repetitions included; not around what `watch` and `prefetch` read.
 * - `PRE_REQUEST` (default): around each attempt, before it is sent. Also asked, with an empty `service`, who the user is.
 * - `POST_RESPONSE`: after each successful attempt.
 * - `ERROR`: after each failed attempt.
 */
export interface NetronMiddleware {
  /** Lower runs first and is outside. Default 100. */
  readonly priority?: number;
  /** A `Stage`. */
  readonly stage?: string;
  execute(context: MiddlewareContext, next: () => Promise<void>): unknown;
}

/** A function as middleware. */
export type MiddlewareFunction = (context: MiddlewareContext, next: () => Promise<void>) => unknown;

/** Facts of a call that do not change. */
export type CallFacts = Pick<MiddlewareContext, 'service' | 'method' | 'args' | 'signal'>;

/** Makes a call of what middleware around it has made of its arguments and headers. */
export type RunCall = (args: unknown[], headers: Record<string, string>, state: Map<unknown, unknown>) => Promise<unknown>;

/** Function that carries a call on. */
export type Step = (context: MiddlewareContext) => Promise<void>;

const stages: readonly string[] = ['PRE_CALL', 'PRE_REQUEST', 'POST_RESPONSE', 'ERROR'] satisfies Stage[];

const code = () => load(import('./run-stage.js'), 'middleware');

/** One middleware with its place. */
export interface Registered {
  readonly priority: number;
  readonly stage: Stage;
  readonly execute: MiddlewareFunction;
}

/** The middleware of one peer. The code that runs it is loaded with the first. */
export class Pipeline {
  /** Another list after each change. */
  #registered: readonly Registered[] = [];
  #runStage: RunStage | undefined;

  /**
   * Adds a middleware.
   *
   * @throws TypeError when it is none, or its stage is unknown
   */
  use(middleware: NetronMiddleware | MiddlewareFunction, options: { priority?: number; stage?: string } = {}): void {
    const given: NetronMiddleware = typeof middleware === 'function' ? { execute: middleware } : middleware;
    if (typeof given?.execute !== 'function')
      throw new TypeError('middleware is a function or an object with execute(context, next)');
    onlyOptions('use', options, { priority: true, stage: true });
    const stage = options.stage ?? given.stage ?? 'PRE_REQUEST';
    if (!stages.includes(stage)) throw new TypeError(`stage is one of ${stages.join(', ')}, not '${stage}'`);
    const priority = options.priority ?? given.priority ?? 100;
    const execute: MiddlewareFunction = (context, next) => given.execute(context, next);
    const all = [...this.#registered, { priority, stage: stage as Stage, execute }];
    this.#registered = all.sort((a, b) => a.priority - b.priority);
    // When the first call waits for it, most of it is there. Whoever needs it hears of a failure.
    this.#load().catch(() => {});
  }

  /** Whether there is middleware of a stage. */
  has(stage: Stage): boolean {
    return this.#registered.some((entry) => entry.stage === stage);
  }

  /**
   * Runs `innermost` inside of the middleware of a stage.
   *
   * @throws NetronError `unavailable` when there is middleware whose code cannot be loaded
   */
  run(stage: Stage, context: MiddlewareContext, innermost: Step): Promise<void> {
    // Any middleware, not that of this stage: what fails to load fails before anything is sent.
    if (this.#registered.length === 0) return innermost(context);
    const run = this.#runStage;
    if (run !== undefined) return run(this.#registered, stage, context, innermost);
    return this.#load().then((loaded) => loaded(this.#registered, stage, context, innermost));
  }

  /** Headers that middleware would add to a request now, with names in lower case. */
  async headers(url: string): Promise<Readonly<Record<string, string>>> {
    return (await code()).headersOf(this, url);
  }

  /** Runs a call inside of the middleware around calls, which has the time of `limit` before it and behind it. */
  async around(request: OutgoingRequest, call: CallFacts, run: RunCall, limit: TimeLimit): Promise<unknown> {
    return (await code()).around(this, request, call, run, limit);
  }

  async #load(): Promise<RunStage> {
    this.#runStage ??= (await code()).runStage;
    return this.#runStage;
  }
}
