/** Calls that read: through the cache, by the terms of the caller and of the member. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { keyOf, nameOf } from '../cache/key.js';
import type { CacheOptions } from '../cache/options.js';
import type { CallSettings } from '../fluent/settings.js';
import type { CallLimit, FetchedAnswer, ReadPlan, Reads } from '../query/reads.js';
import type { Credentials } from '../request/credentials.js';
import type { Reply } from '../request/outgoing-call.js';
import { isOtherUser, otherUser, type Principal } from '../request/principal.js';
import { refuseArgs } from '../request/refuse-args.js';
import type { RichJson } from '../request/rich-json.js';
import { TimeLimit, within } from '../util/limit.js';
import type { MemberFacts } from './definitions.js';
import { check, effectOf, limitOf, type MemberCall, prepared, type Waits } from './member-call.js';
import type { Requests } from './requests.js';
import type { Services } from './services.js';

/** Parts of the peer that reads use. */
export interface MemberReadsParts extends Waits {
  /** Stands for the server in keys. */
  readonly backend: string;
  readonly reads: Reads;
  readonly requests: Requests;
  readonly services: Services;
  readonly credentials: Credentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: RichJson;
}

/** Told whether a value came from the cache. */
export type HearHit = ((hit: boolean) => void) | undefined;

export class MemberReads {
  readonly #parts: MemberReadsParts;
  readonly #background = new Map<string, unknown>();
  /** Members whose last answer was a stream, which nobody can share. */
  readonly #streaming = new WeakSet<MemberFacts>();

  constructor(parts: MemberReadsParts) {
    this.#parts = parts;
  }

  /** The plan of a read that is not made of a proxy; its description is asked for with the first fetch. */
  plan(service: string, method: string, args: unknown[], settings: CallSettings): ReadPlan | Promise<ReadPlan> {
    const { backend, credentials, services, headers, json } = this.#parts;
    const principal = credentials.principal();
    const owner = principal.owner();
    const speaking = this.#speaking(owner, principal);
    const make = (known: string): ReadPlan | Promise<ReadPlan> => {
      const options = optionsOf(settings, undefined);
      const key = keyOf(`${backend} ${known}`, service, method, args, options);
      if (key === undefined) return refuseArgs(`${service}.${method}`, args, json);
      return {
        key,
        name: nameOf(service, method),
        options,
        fetch: async (signal, etag) => {
          const now = await speaking(signal);
          const found = await services.member(service, method);
          if (found.member.kind === 'stream') throw new NoValue(service, method);
          return this.#ask({ ...found, args, settings, headers, principal: now }, signal, etag);
        },
      };
    };
    return owner instanceof Promise ? owner.then(make) : make(owner);
  }

  /** The value of a read, from the cache where its terms allow. */
  read(call: MemberCall, told: HearHit, again = true): Promise<unknown> {
    const { principal, headers } = call;
    const owner = principal.owner(headers);
    const value =
      owner instanceof Promise
        ? prepared(call, this.#parts, owner).then((known) => this.#read(call, known, told))
        : this.#read(call, owner, told);
    return value.catch(async (error: unknown) => {
      // A renewal has made somebody of nobody: it is read as theirs. Where each request has another user nothing comes of it.
      if (!again || !isOtherUser(error) || (await principal.token) !== undefined) throw error;
      return this.read({ ...call, principal: this.#parts.credentials.principal() }, told, false);
    });
  }

  /** Ends all fetching in the background. */
  close(): void {
    for (const key of [...this.#background.keys()]) this.#end(key);
  }

  #end(key: string): void {
    this.#parts.clock.clearTimeout(this.#background.get(key));
    this.#background.delete(key);
  }

  #read(call: MemberCall, owner: string, told: HearHit): Promise<unknown> {
    const { service, member, args, settings } = call;
    const { reads, backend } = this.#parts;
    const options = optionsOf(settings, member);
    const key = keyOf(`${backend} ${owner}`, service.query, member.name, args, options);
    const past = () => this.#answer(call, settings.signal).then(({ value }) => value);
    // Another stream is likely, unless a value of these arguments is there; it costs no second request.
    if (key === undefined || (this.#streaming.has(member) && reads.cache.find(key)?.filled !== true)) return past();
    const name = nameOf(service.query, member.name);
    const speaking = this.#speaking(owner, call.principal, call.headers);
    // What the cache holds, and what another caller has asked for, was checked by theirs, perhaps by other rules.
    let checked = settings.validate === undefined;
    const fetch: ReadPlan['fetch'] = async (signal, etag) => {
      const answer = await this.#ask({ ...call, principal: await speaking(signal) }, signal, etag);
      checked ||= answer.unchanged !== true;
      return answer;
    };
    const plan: ReadPlan = { key, name, options, fetch };
    if (settings.background !== undefined) this.#keepFetching(plan, settings.background);
    const unlimited = settings.timeout === undefined && settings.signal === undefined;
    const limit: CallLimit | undefined = unlimited ? undefined : limitOf(call, this.#parts);
    const streamed = (error: unknown) => {
      // A read may be made twice. Whoever asks for a change to be cached hears that it cannot be.
      if (!(error instanceof NoValue) || !effectOf(call).safe) throw error;
      return past();
    };
    return reads.read(plan, limit, told).then(async (value) => {
      if (!checked) await check(call, value, this.#parts);
      return value;
    }, streamed);
  }

  /** Gives whoever a read is made as: at first `first`; whenever it is made again, whoever is spoken for then, if their name is the same. */
  #speaking(
    owner: string | Promise<string>,
    first: Principal,
    headers?: MemberCall['headers'],
  ): (signal: AbortSignal) => Promise<Principal> {
    const { credentials, clock, timeout } = this.#parts;
    let next: Principal | undefined = first;
    return async (signal) => {
      const now = next ?? credentials.principal();
      const asked = next === undefined && now.owner(headers);
      next = undefined;
      if (asked === false) return now;
      const limit = new TimeLimit(clock, timeout, signal, 'the token');
      if ((await (asked instanceof Promise ? within(asked, limit) : asked)) !== (await owner)) throw otherUser();
      return now;
    };
  }

  /** Asks the server, and notes whether it has answered with a stream. */
  async #answer(call: MemberCall, signal: AbortSignal | undefined, etag?: string): Promise<Reply> {
    const reply = await this.#parts.requests.send(call, signal, etag);
    if (reply.streamed === undefined) this.#streaming.delete(call.member);
    else this.#streaming.add(call.member);
    return reply;
  }

  async #ask(call: MemberCall, signal: AbortSignal, etag: string | undefined): Promise<FetchedAnswer> {
    const { member } = call;
    const reply = await this.#answer(call, signal, etag);
    if (reply.streamed !== undefined) {
      const stream = reply.value as Partial<AsyncGenerator & ReadableStream>;
      void (stream.return?.(undefined) ?? stream.cancel?.());
      throw new NoValue(call.service.query, member.name);
    }
    if (!reply.unchanged) await check(call, reply.value, this.#parts);
    return { ...reply, tags: [...member.tags, ...reply.tags], maxAge: member.maxAge };
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
        reads.fetch(plan).catch((error: unknown) => isOtherUser(error) && this.#end(plan.key));
      };
      this.#background.set(plan.key, clock.setTimeout(again, ms, true));
    };
    next();
  }
}

class NoValue extends NetronError {
  constructor(service: string, method: string) {
    super('invalid_argument', `${service}.${method} is a stream, not a value`);
  }
}

/** Terms of one read: the caller's, and the member's for what the caller leaves open. */
function optionsOf({ cache }: CallSettings, member: MemberFacts | undefined): CacheOptions {
  const options = cache === false || cache === undefined ? {} : cache;
  if (options.maxAge !== undefined || member?.maxAge === undefined) return options;
  return { ...options, maxAge: member.maxAge };
}
