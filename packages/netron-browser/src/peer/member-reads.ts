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

/** Most keys of one member that are remembered, and the most characters of their argument. */
const maxKeys = 1_000;
const longestArgument = 100;

/** Returns the user of one request. */
type PrincipalSource = (signal: AbortSignal) => Promise<Principal>;

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
    const principalOf = this.principalSource(owner, principal);
    const make = (known: string): ReadPlan | Promise<ReadPlan> => {
      const options = optionsOf(settings, undefined);
      const key = keyOf(`${backend} ${known}`, service, method, args, options);
      if (key === undefined) return refuseArgs(`${service}.${method}`, args, json);
      return {
        key,
        name: nameOf(service, method),
        options,
        fetch: async (signal, etag) => {
          const now = await principalOf(signal);
          const found = await services.member(service, method);
          if (found.member.kind === 'stream') throw new NoValue(service, method);
          return this.ask({ ...found, args, settings, headers, principal: now }, signal, etag);
        },
      };
    };
    return owner instanceof Promise ? owner.then(make) : make(owner);
  }

  /** Returns the value of a read, from the cache when its options allow. */
  read(call: MemberCall): Promise<unknown> {
    const owner = call.principal.owner(call.headers);
    if (!(owner instanceof Promise)) return this.#read(call, owner);
    return prepared(call, this.#parts, owner).then(
      (known) => this.#read(call, known),
      (error: unknown) => this.#repeat(call, error),
    );
  }

  /** Ends all background fetches. */
  close(): void {
    this.#background?.close();
  }

  #read(call: MemberCall, owner: string): Promise<unknown> {
    const { member, settings } = call;
    const { reads } = this.#parts;
    const options = optionsOf(settings, member);
    const key = this.#keyOf(call, owner, options);
    let value: Promise<unknown>;
    // Another stream is likely, unless a value for these arguments is cached: skip the cache instead of asking twice.
    if (key === undefined || (this.#streaming.has(member) && reads.cache.find(key)?.hasValue !== true))
      value = this.#uncached(call);
    else {
      const plan = new CallPlan(this, call, owner, key, options);
      const { background } = settings;
      if (background !== undefined) {
        this.#background ??= new background.Background({ ...this.#parts, isOtherUser });
        this.#background.keep(plan, background.ms);
      }
      const entry = reads.hit(plan, call.onHit);
      if (entry !== undefined) return plan.checked ? Promise.resolve(entry.value) : check(call, entry.value, this.#parts);
      value = this.#fetch(plan);
    }
    return value.catch((error: unknown) => this.#repeat(call, error));
  }

  /** Returns the key of a read. Simple ones are remembered: building and hashing a key takes longer than the rest of a cached read. */
  #keyOf({ service, member, args }: MemberCall, owner: string, options: CacheOptions): string | undefined {
    const { keys } = member;
    const [arg] = args;
    // A Map does not tell 0 from -0.
    const simple = typeof arg === 'string' ? arg.length <= longestArgument : typeof arg === 'number' && arg !== 0;
    const plain = args.length === 1 ? simple : args.length === 0;
    const known = plain && options.key === undefined ? keys.get(arg) : undefined;
    if (known?.owner === owner) return known.key;
    const key = keyOf(`${this.#parts.backend} ${owner}`, service.query, member.name, args, options);
    if (plain && options.key === undefined) {
      if (keys.size >= maxKeys) keys.clear();
      keys.set(arg, { owner, key: key! });
    }
    return key;
  }

  /** Waits for the value of a plan that the cache does not hold. */
  #fetch(plan: CallPlan): Promise<unknown> {
    const { call } = plan;
    const { timeout, signal } = call.settings;
    const limit: CallLimit | undefined = timeout === undefined && signal === undefined ? undefined : limitOf(call, this.#parts);
    return this.#parts.reads.fetch(plan, limit).then(
      (value) => (plan.checked ? value : check(call, value, this.#parts)),
      (error: unknown) => {
        // A read may be made twice. A change whose caller asks for caching fails instead.
        if (!(error instanceof NoValue) || !effectOf(call).safe) throw error;
        return this.#uncached(call);
      },
    );
  }

  /** Calls the member past the cache. */
  async #uncached(call: MemberCall): Promise<unknown> {
    return (await this.#answer(call, call.settings.signal)).value;
  }

  /** A renewed token has logged in a user: repeats the read as that user, but only once, since every request may have another user. */
  async #repeat(call: MemberCall, error: unknown): Promise<unknown> {
    if (call.repeated || !isOtherUser(error) || (await call.principal.token) !== undefined) throw error;
    return this.read({ ...call, principal: this.#parts.credentials.principal(), repeated: true });
  }

  /**
   * Returns a function that gives the user of each request: first `first`, later the current user, provided that the name in keys is the
   * same.
   */
  principalSource(owner: string | Promise<string>, first: Principal, headers?: MemberCall['headers']): PrincipalSource {
    const { credentials, clock, timeout } = this.#parts;
    let next: Principal | undefined = first;
    return async (signal) => {
      const now = next ?? credentials.principal();
      const name = next === undefined && now.owner(headers);
      next = undefined;
      if (name === false) return now;
      const limit = new TimeLimit(clock, timeout, signal, 'the token');
      if ((await (name instanceof Promise ? within(name, limit) : name)) !== (await owner)) throw otherUser();
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

  /** Asks the server for a value that the cache may hold. */
  async ask(call: MemberCall, signal: AbortSignal, etag: string | undefined): Promise<FetchedAnswer> {
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

/** The plan of a read that is made through a proxy. */
class CallPlan implements ReadPlan {
  readonly key: string;
  readonly options: CacheOptions;
  readonly call: MemberCall;
  /** Whether the value needs no check: a cached one, or the answer to another caller's request, was validated by other rules. */
  checked: boolean;
  readonly #owner: string;
  readonly #reads: MemberReads;
  #principal: PrincipalSource | undefined;

  constructor(reads: MemberReads, call: MemberCall, owner: string, key: string, options: CacheOptions) {
    this.key = key;
    this.options = options;
    this.call = call;
    this.checked = call.settings.validate === undefined;
    this.#owner = owner;
    this.#reads = reads;
  }

  get name(): string {
    return nameOf(this.call.service.query, this.call.member.name);
  }

  async fetch(signal: AbortSignal, etag: string | undefined): Promise<FetchedAnswer> {
    const { call } = this;
    this.#principal ??= this.#reads.principalSource(this.#owner, call.principal, call.headers);
    const answer = await this.#reads.ask({ ...call, principal: await this.#principal(signal) }, signal, etag);
    this.checked ||= answer.unchanged !== true;
    return answer;
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
