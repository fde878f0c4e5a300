/** Calls that read: through the cache, by the options of the caller and of the member. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { keyOf, nameOf } from '../cache/key.js';
import type { CacheOptions } from '../cache/options.js';
import type { CallSettings } from '../fluent/settings.js';
import type { Background } from '../query/background.js';
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

/** The parts of the peer that reads use. */
export interface MemberReadsParts extends Waits {
  /** Name of the server in keys. */
  readonly backend: string;
  readonly reads: Reads;
  readonly requests: Requests;
  readonly services: Services;
  readonly credentials: Credentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: RichJson;
}

/** Receives whether a value came from the cache. */
export type HearHit = ((hit: boolean) => void) | undefined;

export class MemberReads {
  readonly #parts: MemberReadsParts;
  #background: Background | undefined;
  /** Members whose last answer was a stream, which callers cannot share. */
  readonly #streaming = new WeakSet<MemberFacts>();

  constructor(parts: MemberReadsParts) {
    this.#parts = parts;
  }

  /** Returns the plan of a read that is made without a proxy. Its description is requested with the first fetch. */
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

  /** Returns the value of a read, from the cache when its options allow. */
  read(call: MemberCall, told: HearHit, again = true): Promise<unknown> {
    const { principal, headers } = call;
    const owner = principal.owner(headers);
    const value =
      owner instanceof Promise
        ? prepared(call, this.#parts, owner).then((known) => this.#read(call, known, told))
        : this.#read(call, owner, told);
    return value.catch(async (error: unknown) => {
      // A renewed token has logged in a user: the read is repeated as that user, but only once, since every request may have another user.
      if (!again || !isOtherUser(error) || (await principal.token) !== undefined) throw error;
      return this.read({ ...call, principal: this.#parts.credentials.principal() }, told, false);
    });
  }

  /** Ends all background fetches. */
  close(): void {
    this.#background?.close();
  }

  #read(call: MemberCall, owner: string, told: HearHit): Promise<unknown> {
    const { service, member, args, settings } = call;
    const { reads, backend } = this.#parts;
    const options = optionsOf(settings, member);
    const key = keyOf(`${backend} ${owner}`, service.query, member.name, args, options);
    const past = () => this.#answer(call, settings.signal).then(({ value }) => value);
    // Another stream is likely, unless a value for these arguments is cached: skip the cache instead of asking twice.
    if (key === undefined || (this.#streaming.has(member) && reads.cache.find(key)?.filled !== true)) return past();
    const name = nameOf(service.query, member.name);
    const speaking = this.#speaking(owner, call.principal, call.headers);
    // A cached value, or the answer to another caller's request, was validated by other rules.
    let checked = settings.validate === undefined;
    const fetch: ReadPlan['fetch'] = async (signal, etag) => {
      const answer = await this.#ask({ ...call, principal: await speaking(signal) }, signal, etag);
      checked ||= answer.unchanged !== true;
      return answer;
    };
    const plan: ReadPlan = { key, name, options, fetch };
    const { background } = settings;
    if (background !== undefined) {
      this.#background ??= new background.Background({ ...this.#parts, isOtherUser });
      this.#background.keep(plan, background.ms);
    }
    const unlimited = settings.timeout === undefined && settings.signal === undefined;
    const limit: CallLimit | undefined = unlimited ? undefined : limitOf(call, this.#parts);
    const streamed = (error: unknown) => {
      // A read may be made twice. A change whose caller asks for caching fails instead.
      if (!(error instanceof NoValue) || !effectOf(call).safe) throw error;
      return past();
    };
    return reads.read(plan, limit, told).then(async (value) => {
      if (!checked) await check(call, value, this.#parts);
      return value;
    }, streamed);
  }

  /**
   * Returns a function that gives the user of each request: first `first`, later the current user, provided that the name in keys is the
   * same.
   */
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

  /** Asks the server, and notes whether the answer was a stream. */
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
}

class NoValue extends NetronError {
  constructor(service: string, method: string) {
    super('invalid_argument', `${service}.${method} is a stream, not a value`);
  }
}

/** Returns the cache options of one read: the caller's, completed by the member's. */
function optionsOf({ cache }: CallSettings, member: MemberFacts | undefined): CacheOptions {
  const options = cache === false || cache === undefined ? {} : cache;
  if (options.maxAge !== undefined || member?.maxAge === undefined) return options;
  return { ...options, maxAge: member.maxAge };
}
