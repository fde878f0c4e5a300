/** Makes the calls of one peer: reads through the cache, changes with what they show in advance and make out of date. */
import { type Clock, type ErrorRegistry, NetronError, readJson } from '@omnitron-dev/netron/http/client';
import type { CacheOptions } from '../cache/options.js';
import { stableArgs } from '../cache/stable-args.js';
import type { AdvanceChange, CallSettings } from '../fluent/settings.js';
import { OptimisticChanges, type RecordWrites } from '../query/optimistic.js';
import type { CallLimit, FetchedAnswer, ReadPlan, Reads } from '../query/reads.js';
import { type ChangeQueue, noQueue } from '../queue/queue-switch.js';
import type { StoredCall } from '../queue/storage.js';
import { writeArguments } from '../request/codec.js';
import type { Credentials } from '../request/credentials.js';
import type { MiddlewareContext, Pipeline } from '../request/middleware.js';
import { lines } from '../request/stream-reader.js';
import type { OutgoingCall, Reply, Transmitter } from '../request/transmitter.js';
import type { ExecuteOptions } from '../retry/retry-options.js';
import { isBytes } from '../util/bytes.js';
import { TimeLimit } from '../util/limit.js';
import type { MemberFacts, ServiceFacts } from './definitions.js';

/** Parts of the peer that a caller uses. */
export interface CallerParts {
  /** Stands for the server in keys. */
  readonly backend: string;
  readonly reads: Reads;
  readonly transmitter: Transmitter;
  readonly pipeline: Pipeline;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly record: RecordWrites | undefined;
  readonly errors: ErrorRegistry;
  /** `undefined`: calls do not wait for the network. */
  readonly queue: ChangeQueue | undefined;
  /** Asks the server for a service's description, once. */
  describe(service: string): Promise<ServiceFacts>;
  /** Told that the server has another version of a service than the one described. */
  skewed(service: ServiceFacts, contract: string): void;
  /** Whether calls are repeated although their settings do not say so. */
  retries(): boolean;
}

/** One call of a member whose facts are known. */
interface MemberCall {
  readonly service: ServiceFacts;
  readonly member: MemberFacts;
  readonly args: unknown[];
  readonly settings: CallSettings;
  readonly headers: Readonly<Record<string, string>>;
  /** For middleware; made with the first that may want it. */
  readonly state?: Map<unknown, unknown> | undefined;
}

export class Caller {
  readonly #parts: CallerParts;
  readonly #background = new Map<string, unknown>();

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** Calls a member and gives what its caller gets. */
  call(service: ServiceFacts, member: MemberFacts, args: unknown[], settings: CallSettings): Promise<unknown> {
    const { pipeline, headers, clock } = this.#parts;
    const all = settings.headers === undefined ? headers : { ...headers, ...settings.headers };
    const call: MemberCall = { service, member, args, settings, headers: all, state: undefined };
    const { metrics, transform, fallback } = settings;
    const started = metrics && clock.now();
    let hit: boolean | undefined;
    const told =
      metrics &&
      ((given: boolean) => {
        hit = given;
      });
    let result = pipeline.has('PRE_CALL') ? this.#around(call, told) : this.#run(call, told);
    if (transform !== undefined) result = result.then(transform);
    if (metrics !== undefined) {
      const report = () => metrics({ duration: clock.now() - started!, ...(hit !== undefined && { cacheHit: hit }) });
      result = result.finally(report);
    }
    return fallback === undefined ? result : result.catch(() => fallback.value);
  }

  /** The plan of a read that is not made of a proxy; its description is asked for with the first fetch. */
  plan(service: string, method: string, args: unknown[], settings: CallSettings): ReadPlan | Promise<ReadPlan> {
    const identity = this.#parts.credentials.identity();
    const make = (owner: string): ReadPlan => {
      const options = optionsOf(settings, undefined);
      const key = this.#key(service, method, args, options, owner);
      if (key === undefined) throw new TypeError(`${service}.${method}: arguments of a query are plain data`);
      return {
        key,
        name: nameOf(service, method),
        options,
        fetch: async (signal, etag) => {
          const { service: facts, member } = await this.#memberOf(service, method);
          if (member.kind === 'stream')
            throw new NetronError('invalid_argument', `${service}.${method} is a stream, not a value`);
          const call: MemberCall = { service: facts, member, args, settings, headers: this.#parts.headers };
          return this.#ask(call, signal, etag);
        },
      };
    };
    return identity instanceof Promise ? identity.then(make) : make(identity);
  }

  /** Ends all fetching in the background. */
  close(): void {
    for (const timer of this.#background.values()) this.#parts.clock.clearTimeout(timer);
    this.#background.clear();
  }

  /** Runs the call inside of the middleware around calls. */
  async #around(call: MemberCall, told: ((hit: boolean) => void) | undefined): Promise<unknown> {
    const { service, member, args, headers, settings } = call;
    const state = new Map<unknown, unknown>();
    const context: MiddlewareContext = {
      service: service.query,
      method: member.name,
      args,
      request: { method: member.safe ? 'GET' : 'POST', url: '', headers: { ...headers } },
      response: undefined,
      result: undefined,
      error: undefined,
      attempt: 0,
      signal: settings.signal,
      state,
    };
    await this.#parts.pipeline.run('PRE_CALL', context, async () => {
      context.result = await this.#run({ ...call, args: context.args, headers: context.request.headers, state }, told);
    });
    return context.result;
  }

  #run(call: MemberCall, told: ((hit: boolean) => void) | undefined): Promise<unknown> {
    const { member, settings, args, service } = call;
    const { cache } = settings;
    if (member.kind === 'stream') return this.#transmit(call, settings.signal, undefined).then(({ value }) => value);
    const write = member.kind === 'property' && args.length > 0;
    // What is said to make something out of date is no read, whatever stands in the chain before it.
    const changes =
      write || member.invalidates.length > 0 || settings.invalidate !== undefined || settings.optimistic !== undefined;
    const read = !changes && (member.safe || member.kind === 'property' || (cache !== undefined && cache !== false));
    if (!read) return this.#change(call);
    if (cache === false) return this.#transmit(call, this.#limit(call).start(), undefined).then(({ value }) => value);
    const { credentials } = this.#parts;
    const identity = credentials.identity();
    if (identity instanceof Promise) return identity.then((owner) => this.#read(call, service.query, owner, told));
    return this.#read(call, service.query, identity, told);
  }

  #read(call: MemberCall, service: string, owner: string, told: ((hit: boolean) => void) | undefined): Promise<unknown> {
    const { member, args, settings } = call;
    const options = optionsOf(settings, member);
    const key = this.#key(service, member.name, args, options, owner);
    if (key === undefined) return this.#transmit(call, settings.signal, undefined).then(({ value }) => value);
    const plan: ReadPlan = {
      key,
      name: nameOf(service, member.name),
      options,
      fetch: (signal, etag) => this.#ask(call, signal, etag),
    };
    if (settings.background !== undefined) this.#keepFetching(plan, settings.background);
    const { timeout, signal } = settings;
    const limit: CallLimit | undefined = timeout === undefined && signal === undefined ? undefined : this.#limit(call);
    const { reads } = this.#parts;
    if (settings.validate === undefined) return reads.read(plan, limit, told);
    // What the cache holds was checked by whoever fetched it, perhaps by other rules.
    let cached = false;
    const hear = (hit: boolean) => {
      cached = hit;
      told?.(hit);
    };
    return reads.read(plan, limit, hear).then(async (value) => {
      if (cached) await check(settings, value, plan.name);
      return value;
    });
  }

  async #ask(call: MemberCall, signal: AbortSignal, etag: string | undefined): Promise<FetchedAnswer> {
    const { member, settings } = call;
    const reply = await this.#transmit(call, signal, etag);
    if (!reply.unchanged) await check(settings, reply.value, nameOf(call.service.query, member.name));
    return { ...reply, tags: [...member.tags, ...reply.tags], maxAge: member.maxAge };
  }

  async #change(call: MemberCall): Promise<unknown> {
    const { member, settings, args, service } = call;
    const { cache } = this.#parts.reads;
    const tags = [...(settings.invalidate ?? []), ...member.invalidates];
    const changes =
      settings.optimistic === undefined ? undefined : await this.#showInAdvance(service, settings.optimistic, args, tags);
    try {
      const limit = this.#limit(call);
      const reply =
        settings.queued === undefined
          ? await this.#transmit(call, limit.start(), undefined).finally(() => limit.end())
          : { value: await this.#enqueue(call, settings.queued, tags), invalidates: [] };
      await check(settings, reply.value, nameOf(service.query, member.name));
      changes?.confirm();
      const outdated = [...tags, ...reply.invalidates];
      if (outdated.length > 0) cache.invalidate(outdated);
      return reply.value;
    } catch (error) {
      changes?.retract();
      // It may have run all the same: only the server knows.
      if (tags.length > 0 && (error as { outcome?: unknown }).outcome !== 'not_run') cache.invalidate(tags);
      throw error;
    }
  }

  /** Stores a change, which is sent in its turn, and gives what it comes to. */
  #enqueue({ service, member, args, settings }: MemberCall, scope: string, invalidate: readonly string[]): Promise<unknown> {
    const { queue, errors } = this.#parts;
    if (queue === undefined) return Promise.reject(noQueue());
    return queue.add({
      service: service.query,
      method: member.name,
      args: writeArguments(args, errors),
      scope: scope === '' ? service.definition.name : scope,
      key: settings.idempotencyKey ?? newKey(),
      invalidate,
    });
  }

  /** Sends a change that was stored, under its key. */
  async sendStored({ service: query, method, args, key, invalidate }: StoredCall): Promise<unknown> {
    const { errors, headers, reads } = this.#parts;
    const { service, member } = await this.#memberOf(query, method);
    const given = readJson(args, { rich: true, errors }) as unknown[];
    const settings: CallSettings = { idempotencyKey: key, retry: false };
    const call: MemberCall = { service, member, args: given, settings, headers };
    const reply = await this.#transmit(call, undefined, undefined);
    const outdated = [...invalidate, ...member.invalidates, ...reply.invalidates];
    if (outdated.length > 0) reads.cache.invalidate(outdated);
    return reply.value;
  }

  /** Milliseconds for which the server knows the key of a stored change again. */
  async windowOf({ service: query, method }: StoredCall): Promise<number> {
    const { member } = await this.#memberOf(query, method);
    return member.idempotent ? Number.POSITIVE_INFINITY : member.idempotencyWindow;
  }

  async #memberOf(query: string, method: string): Promise<{ readonly service: ServiceFacts; readonly member: MemberFacts }> {
    const service = await this.#parts.describe(query);
    const member = service.byName.get(method);
    if (member === undefined) throw new NetronError('not_found', `service '${query}' has no member '${method}'`);
    return { service, member };
  }

  async #showInAdvance(
    service: ServiceFacts,
    changes: readonly AdvanceChange[],
    args: unknown[],
    tags: readonly string[],
  ): Promise<OptimisticChanges> {
    const { reads, credentials, record } = this.#parts;
    const identity = credentials.identity();
    const owner = identity instanceof Promise ? await identity : identity;
    const resolved = changes.map(({ target, update }) => {
      if (target === undefined) return { target: undefined, update };
      const key = this.#key(service.query, target.method, target.args, {}, owner);
      if (key === undefined) throw new TypeError('arguments of an optimistic target are plain data');
      return { target: { key, name: nameOf(service.query, target.method) }, update };
    });
    return new OptimisticChanges(reads.cache, resolved, args, tags, record);
  }

  #transmit(call: MemberCall, signal: AbortSignal | undefined, etag: string | undefined): Promise<Reply> {
    const { service, member, args, settings, headers, state = new Map<unknown, unknown>() } = call;
    const { timeout, transmitter } = this.#parts;
    const write = member.kind === 'property' && args.length > 0;
    const safe = !write && (member.safe || member.kind === 'property');
    const keyed = !safe && !member.idempotent && (settings.idempotencyKey !== undefined || member.idempotencyWindow > 0);
    const bytes = args.some(isBytes);
    // A stream can be read once.
    const once = args.some((value) => value instanceof ReadableStream);
    const request: OutgoingCall = {
      service: service.query,
      method: member.name,
      args,
      safe,
      idempotent: safe || member.idempotent || keyed,
      headers: service.contract === undefined ? headers : { ...headers, 'netron-contract': service.contract },
      // However long the bytes take: a server gives up what does not come.
      timeout: settings.timeout ?? (bytes ? Number.POSITIVE_INFINITY : timeout),
      priority: settings.priority ?? 'normal',
      progress: settings.progress,
      retry: once ? undefined : this.#retry(settings, safe || member.idempotent || keyed),
      signal,
      etag,
      stream: member.kind === 'stream' ? lines : undefined,
      idempotencyKey: keyed ? (settings.idempotencyKey ?? newKey()) : settings.idempotencyKey,
      state,
    };
    return transmitter.send(request).then(
      (reply) => {
        if (reply.contract !== undefined) this.#parts.skewed(service, reply.contract);
        return reply;
      },
      (error: unknown) => {
        const { name, details } = error as { name?: unknown; details?: { server?: unknown } };
        if (name === 'SkewError') this.#parts.skewed(service, String(details?.server));
        throw error;
      },
    );
  }

  #retry({ retry }: CallSettings, idempotent: boolean): ExecuteOptions | undefined {
    if (retry === false || (retry === undefined && !this.#parts.retries())) return undefined;
    return { idempotent, ...retry, target: this.#parts.backend };
  }

  #limit({ settings, service, member }: MemberCall): TimeLimit {
    const { timeout, signal } = settings;
    return new TimeLimit(this.#parts.clock, timeout, signal, nameOf(service.query, member.name));
  }

  #key(service: string, method: string, args: readonly unknown[], { key }: CacheOptions, owner: string): string | undefined {
    const text = key ?? stableArgs(args);
    return text === undefined ? undefined : `${this.#parts.backend} ${owner} ${service}.${method}(${text})`;
  }

  /** One timer for a key, which ends with its entry. */
  #keepFetching(plan: ReadPlan, ms: number): void {
    if (this.#background.has(plan.key)) return;
    const { reads, clock } = this.#parts;
    const next = () => {
      const again = () => {
        this.#background.delete(plan.key);
        if (reads.cache.find(plan.key) === undefined) return;
        next();
        reads.fetch(plan).catch(() => {});
      };
      this.#background.set(plan.key, clock.setTimeout(again, ms, true));
    };
    next();
  }
}

/** Terms of one read: the caller's, and the member's for what the caller leaves open. */
function optionsOf({ cache }: CallSettings, member: MemberFacts | undefined): CacheOptions {
  const options = cache === false || cache === undefined ? {} : cache;
  if (options.maxAge !== undefined || member?.maxAge === undefined) return options;
  return { ...options, maxAge: member.maxAge };
}

/** `service.method`, without version. */
function nameOf(service: string, method: string): string {
  const at = service.indexOf('@');
  return `${at < 0 ? service : service.slice(0, at)}.${method}`;
}

/** @throws NetronError `data_loss` when the caller's own check refuses a result */
async function check({ validate }: CallSettings, value: unknown, what: string): Promise<void> {
  if (validate === undefined) return;
  if ((await validate(value)) === false) throw new NetronError('data_loss', `${what}: the result is not valid`);
}

/** A key that no other call has. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
