/** Sends one call to the server and returns its answer: slot, breaker, retries, middleware, `fetch`. */
import { afterAttempt, type Clock, memberPath, NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import type { RetryManager } from '../retry/retry-manager.js';
import { isBytes } from '../util/bytes.js';
import { orAborted, TimeLimit } from '../util/limit.js';
import { load } from '../util/load.js';
import { lowerCased } from '../util/lower-cased.js';
import { markNotRun } from '../util/not-run.js';
import type { Slots } from '../util/slots.js';
import type { Batcher } from './batcher.js';
import type { Bodies } from './codec.js';
import type { Credentials } from './credentials.js';
import { checkHeaders, checkResponse, networkFailure, statusFailure, unreadable } from './failure.js';
import type { IncomingResponse, MiddlewareContext, OutgoingRequest, Pipeline } from './middleware.js';
import type { Fetch, OutgoingCall, Reply } from './outgoing-call.js';
import type { PageErrors } from './page-errors.js';
import type { Principal } from './principal.js';
import { metadataOf, noMetadata } from './response-metadata.js';
import { undeclared } from './stream-reader.js';

/** The parts of the peer that a transmitter uses. */
export interface TransmitterParts {
  /** Address of the node's calls, without a slash at the end. */
  readonly base: string;
  /** `undefined` means the `fetch` of the runtime. */
  readonly fetch: Fetch | undefined;
  readonly clock: Clock;
  readonly errors: PageErrors;
  readonly slots: Slots;
  readonly pipeline: Pipeline;
  readonly credentials: Credentials;
  readonly bodies: Bodies;
  readonly mode: RequestCredentials | undefined;
  /** Most calls of one turn that are sent as one request; 0 turns batching off. */
  readonly batch: number;
  /** Returns the manager for calls whose settings ask for retries. */
  retry(): RetryManager;
}

const ignore = () => {};

export class Transmitter {
  readonly #parts: TransmitterParts;
  #batcher: Promise<Batcher | undefined> | undefined;
  #closed = false;
  /** Calls that have been handed to the network. */
  readonly #sent = new WeakSet<OutgoingCall>();

  constructor(parts: TransmitterParts) {
    this.#parts = parts;
  }

  /** Refuses further calls; those in flight continue. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Makes the call, with retries where they are allowed.
   *
   * @throws NetronError `unavailable` after `close`
   */
  async send(call: OutgoingCall): Promise<Reply> {
    const { clock, slots, credentials } = this.#parts;
    const { principal = credentials.principal() } = call;
    const what = `${call.service}.${call.method}`;
    if (this.#closed) throw markNotRun(new NetronError('unavailable', `${what}: the peer is closed`));
    const limit = new TimeLimit(clock, call.timeout, call.signal, what);
    const signal = limit.start() ?? new AbortController().signal;
    const deadline = clock.now() + call.timeout;
    let streamed: Promise<unknown> | undefined;
    try {
      // Wait for the token before taking a slot, so that calls that have a token are not held up.
      const { token } = principal;
      if (token instanceof Promise) await orAborted(token.then(ignore, ignore), signal);
      const waiting = slots.acquire(call.priority, signal);
      if (waiting !== undefined) await waiting;
      try {
        const reply = await orAborted(this.#repeat(call, principal, signal, deadline), signal);
        ({ streamed } = reply);
        return reply;
      } finally {
        slots.release();
      }
    } catch (error) {
      throw this.#noted(signal.aborted ? networkFailure(error, signal, true, what) : error, call);
    } finally {
      // The caller's signal also ends an open stream.
      limit.end(streamed);
    }
  }

  /** Marks an error with the outcome of its call when the server has not reported it. */
  #noted(error: unknown, call: OutgoingCall): unknown {
    // The abort reason of the caller may be shared by many calls and is not marked.
    const reported = error === call.signal?.reason || (error as { outcome?: unknown } | null | undefined)?.outcome !== undefined;
    return reported ? error : withOutcome(error, this.#sent.has(call) ? 'unknown' : 'not_run');
  }

  async #repeat(call: OutgoingCall, principal: Principal, signal: AbortSignal, deadline: number): Promise<Reply> {
    const attempt = (failed: number) => this.#attempt(call, principal, signal, deadline, failed);
    if (call.retry === undefined) return attempt(0);
    return this.#parts.retry().execute(attempt, { ...call.retry, signal, deadline, keyed: call.idempotencyKey !== undefined });
  }

  /** Makes one attempt, and a second one when the credentials were renewed. */
  async #attempt(
    call: OutgoingCall,
    principal: Principal,
    signal: AbortSignal,
    deadline: number,
    failed: number,
  ): Promise<Reply> {
    const { pipeline } = this.#parts;
    // The token of this turn, however long the arguments take.
    const token = failed === 0 ? principal.token : principal.later();
    if (token instanceof Promise) token.catch(() => {});
    const context = await this.#contextOf(call, signal, failed);
    try {
      const used = await token;
      try {
        return await this.#exchange(call, principal, context, signal, deadline, used);
      } catch (error) {
        // Another token is useless when a header of the call, of the peer or of middleware replaces the token.
        const { headers } = context.request as { headers?: OutgoingRequest['headers'] };
        const sent = headers?.authorization;
        const ours = call.headers.authorization === undefined && sent === (used === undefined ? used : `Bearer ${used}`);
        if ((error as { statusCode?: unknown } | null)?.statusCode !== 401 || !ours) throw error;
        try {
          const renewed = await principal.renew(used);
          if (renewed === undefined) throw error;
          return await this.#exchange(call, principal, await this.#contextOf(call, signal, failed), signal, deadline, renewed);
        } catch (last) {
          throw afterAttempt(error, last);
        }
      }
    } catch (error) {
      context.error = error;
      if (signal.aborted || !pipeline.has('ERROR')) throw error;
      await pipeline.run('ERROR', context, async () => {});
      if (context.error !== undefined) throw context.error;
      return { value: context.result, size: 0, ...noMetadata, unchanged: false };
    }
  }

  async #exchange(
    call: OutgoingCall,
    principal: Principal,
    context: MiddlewareContext,
    signal: AbortSignal,
    deadline: number,
    token: string | undefined,
  ): Promise<Reply> {
    const { pipeline, clock } = this.#parts;
    let reply: Reply | undefined;
    const { request } = context;
    // A header set for the call, or for all calls, replaces the token.
    if (token !== undefined) request.headers.authorization ??= `Bearer ${token}`;
    await pipeline.run('PRE_REQUEST', context, async () => {
      // The caller may have left while the token or middleware was awaited: then nothing is sent.
      signal.throwIfAborted();
      const headers = lowerCased(request.headers);
      request.headers = headers;
      checkHeaders(headers, `${call.service}.${call.method}`);
      principal.admit(headers.authorization);
      if (deadline !== Number.POSITIVE_INFINITY)
        headers['netron-timeout'] = String(Math.max(1, Math.ceil(deadline - clock.now())));
      reply = await this.#fetch(call, context, signal);
    });
    if (reply === undefined) throw new NetronError('canceled', `${call.service}.${call.method}: middleware did not call next()`);
    if (!pipeline.has('POST_RESPONSE')) return reply;
    context.result = reply.value;
    await pipeline.run('POST_RESPONSE', context, async () => {});
    return context.result === reply.value ? reply : { ...reply, value: context.result };
  }

  #fetch(call: OutgoingCall, context: MiddlewareContext, signal: AbortSignal): Promise<Reply> {
    const together = this.#parts.batch > 0 && call.stream === undefined && !call.service.startsWith('$');
    return together && !context.args.some(isBytes)
      ? this.#withOthers(call, context, signal)
      : this.#fetchAlone(call, context, signal);
  }

  async #fetchAlone(call: OutgoingCall, context: MiddlewareContext, signal: AbortSignal): Promise<Reply> {
    const { errors, mode, bodies, clock } = this.#parts;
    const what = `${call.service}.${call.method}`;
    const repeatable = call.safe || call.idempotent;
    const { request } = context;
    const init: RequestInit = { method: request.method, headers: request.headers, signal };
    const upload = context.args.some(isBytes);
    let send = () => this.#fetchNow(request.url, init);
    if (mode !== undefined) init.credentials = mode;
    if (call.priority !== 'normal') (init as { priority?: string }).priority = call.priority;
    if (upload) send = await this.#upload(call, context, init);
    else if (request.method === 'POST') init.body = (await bodies.write(context.args)) as BodyInit;
    else if (call.etag === undefined) init.cache = 'no-cache';
    let response: Response;
    this.#sent.add(call);
    try {
      response = await send();
    } catch (cause) {
      // An upload reports what has failed in its own words.
      if (upload && cause instanceof NetronError) throw cause;
      throw networkFailure(cause, signal, repeatable, what);
    }
    context.response = checkResponse(response, what) satisfies IncomingResponse;
    const { headers, status } = response;
    if (status >= 400) throw await statusFailure(response, errors);
    const contract = headers.get('netron-contract') ?? undefined;
    const about = contract === undefined ? metadataOf(headers) : { ...metadataOf(headers), contract };
    // The request was not conditional: middleware may have removed the header, or the server is not a Netron server.
    if (status === 304 && call.etag === undefined) throw unreadable(undefined, what);
    if (status === 304) return { ...about, value: undefined, size: 0, unchanged: true };
    const { body } = response;
    const stream = call.stream ?? undeclared(response);
    if (stream !== undefined && body !== null) {
      let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
      try {
        reader = body.getReader();
        const value = await stream.read({ reader, errors, clock, what, kind: headers.get('netron-kind') });
        return { ...about, value, size: 0, unchanged: false, streamed: reader.closed };
      } catch (cause) {
        void reader?.cancel().catch(() => {});
        throw networkFailure(cause, signal, repeatable, what);
      }
    }
    try {
      return { ...about, ...(await bodies.read(response)), unchanged: false };
    } catch (cause) {
      // A body with invalid content, not one that broke off.
      if (cause instanceof NetronError && cause.code !== 'unavailable') throw unreadable(cause, what);
      throw networkFailure(cause, signal, repeatable, what);
    }
  }

  async #contextOf(call: OutgoingCall, signal: AbortSignal, attempt: number): Promise<MiddlewareContext> {
    const { base, bodies } = this.#parts;
    const path = `${base}${call.path ?? memberPath(call.service, call.method)}`;
    const headers: Record<string, string> = {
      accept: call.stream?.mediaType ?? bodies.accept,
      ...call.headers,
    };
    if (call.etag !== undefined) headers['if-none-match'] = call.etag;
    if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
    const query = call.safe && !call.args.some(isBytes) ? await bodies.query(call.args) : undefined;
    if (query === undefined) headers['content-type'] = bodies.mediaType;
    const request = query === undefined ? { method: 'POST', url: path, headers } : { method: 'GET', url: path + query, headers };
    return {
      service: call.service,
      method: call.method,
      args: call.args,
      request,
      response: undefined,
      result: undefined,
      error: undefined,
      attempt,
      signal,
      state: call.state,
    };
  }

  async #fetchNow(url: string, init: RequestInit): Promise<Response> {
    const send = this.#parts.fetch ?? ((target: string, options: RequestInit) => fetch(target, options));
    return send(url, init);
  }

  /** Sends the call with the other calls of this turn; alone when there are none. */
  async #withOthers(call: OutgoingCall, context: MiddlewareContext, signal: AbortSignal): Promise<Reply> {
    const { base, errors, clock, mode, batch } = this.#parts;
    this.#batcher ??= Promise.all([import('./batcher.js'), errors.codec()]).then(
      ([{ Batcher }, codec]) =>
        new Batcher({ base, errors: codec, clock, mode, most: batch, fetch: (url, init) => this.#fetchNow(url, init) }),
      () => {
        this.#batcher = undefined;
        return undefined;
      },
    );
    const { service, method } = call;
    const { args, request } = context;
    const repeatable = call.safe || call.idempotent;
    const alone = () => this.#fetchAlone(call, context, signal);
    const batcher = await this.#batcher;
    this.#sent.add(call);
    // When the code for batches cannot be loaded, the call is sent alone.
    return batcher?.send({ service, method, args, headers: request.headers, repeatable, signal }, alone) ?? alone();
  }

  async #upload(call: OutgoingCall, context: MiddlewareContext, init: RequestInit): Promise<() => Promise<Response>> {
    const { base, clock, fetch: given } = this.#parts;
    const code = Promise.all([import('./upload.js'), this.#parts.errors.codec()]);
    const [{ prepareUpload }, errors] = await load(code, 'uploads');
    const { stream, progress } = call;
    const send: Fetch | undefined = given && ((url, options) => this.#fetchNow(url, options));
    const request = { args: context.args, base, clock, errors, fetch: send, progress, streamed: stream !== undefined };
    return prepareUpload(context.request.url, init, request);
  }
}
