import { Cache, type Call, type Handler, Invalidates, type MemberInfo } from '@omnitron-dev/netron';
import type { AuthContext } from '@omnitron-dev/netron-auth/identity';
import { TitanError } from '../errors/titan-error.js';
import { isThenable, whenDone } from '../util/when-done.js';
import { ArgumentsText, canonical } from './canonical.js';
import { checkCache } from './check-rules.js';
import type { ResultCache } from './result-cache.js';

/** Separator of the parts of a key, which no name and no JSON text contains. */
const between = '\u0000';

/**
 * Caches results of members with `cache: { ttl }`, by member, caller and arguments; `shared` ones for all callers.
 * Concurrent equal calls run once. Members with `invalidates` remove results after they have run. Runs at the position
 * `cache`.
 *
 * @throws TitanError `invalid_use` if a service is exposed with an invalid rule
 */
export function cacheResults(cache: ResultCache) {
  return (next: Handler, member: MemberInfo): Handler => {
    const rule = member.annotation(Cache);
    if (rule !== undefined) checkCache(`${member.service}.${member.name}: cache`, rule);
    // Tags alone serve callers that cache results themselves.
    if (rule !== undefined && rule.ttl === undefined && !rule.tags?.length)
      throw new TitanError(
        'invalid_use',
        `${member.service}.${member.name}: cache requires a ttl in seconds, here or on the service`,
      );
    const invalidates = member.annotation(Invalidates) ?? [];
    if (invalidates.length > 0) {
      const run =
        member.kind === 'stream'
          ? (call: Call) => whenDone(next(call), (stream) => forgetting(stream, () => cache.invalidate(invalidates)))
          : next;
      return (call) =>
        thenForget(
          () => run(call),
          () => cache.invalidate(invalidates),
        );
    }
    if (!rule?.ttl || member.kind === 'stream') return next;
    const { ttl, shared = false, tags = [] } = rule;
    const start = `${member.service}@${member.version}${between}${member.name}${between}`;
    const scopes = new Scopes(start);
    const text = new ArgumentsText();
    const all = `${start}${between}`;
    const joined = new Joined();
    return (call) => {
      const args = text.of(call.args);
      const caller = shared ? all : scopes.of(call.user);
      if (args === undefined || caller === undefined) return next(call);
      const scope = joined.of(caller, text.keys);
      const kept = cache.find(scope, args);
      // A result that is available needs no object.
      if (kept !== undefined) return kept.value;
      return cache.get(scope, args, ttl, tags, () => next(call), call);
    };
  };
}

/** Joins two strings, once for consecutive calls: tables find the identical string faster than an equal one. */
class Joined {
  #one = '';
  #other = '';
  #both = '';

  of(one: string, other: string): string {
    if (one === this.#one && other === this.#other) return this.#both;
    this.#one = one;
    this.#other = other;
    this.#both = one + other;
    return this.#both;
  }
}

/** Runs a member and then removes the results that it invalidates, also when it fails, since it may have changed something before. */
function thenForget(run: () => unknown, forget: () => void | Promise<void>): unknown {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    return after(forget(), () => {
      throw error;
    });
  }
  if (!isThenable(result)) return after(forget(), () => result);
  return (async () => {
    try {
      return await result;
    } finally {
      await forget();
    }
  })();
}

const after = (done: void | Promise<void>, go: () => unknown): unknown => (done ? done.then(go) : go());

/** Passes on the items of a stream; invalidates its tags when it has ended or its reader leaves. */
async function* forgetting(stream: unknown, forget: () => void | Promise<void>): AsyncGenerator<unknown> {
  try {
    yield* stream as AsyncIterable<unknown>;
  } finally {
    await forget();
  }
}

/** Properties that distinguish callers. */
type Facts = Pick<AuthContext, 'userId'> & { readonly [K in 'tenant' | 'roles' | 'permissions']: AuthContext[K] | undefined };

/** Properties of a caller, and its scope. */
type Scope = Facts & { readonly scope: string };

/** Scopes of the callers of a member, by identity: an identity lives as long as its connection, and every call looks it up. */
class Scopes {
  readonly #start: string;
  readonly #made = new WeakMap<object, Scope>();
  /** Previous caller: calls of one caller are often consecutive. */
  #last: unknown;
  #ofLast: Scope | undefined;
  readonly #nobody: string;

  constructor(start: string) {
    this.#start = start;
    this.#nobody = `${start}nobody${between}`;
  }

  /** Returns the scope of a caller; `undefined` for one that cannot be distinguished from others. */
  of(user: unknown): string | undefined {
    if (user === undefined) return this.#nobody;
    const { userId, tenant, roles, permissions } = user as Partial<AuthContext>;
    if (typeof userId !== 'string') {
      const text = canonical(user);
      return text === undefined ? undefined : `${this.#start}${text}${between}`;
    }
    const made = user === this.#last ? this.#ofLast : this.#made.get(user as object);
    this.#last = user;
    this.#ofLast = made;
    if (made?.userId === userId && made.tenant === tenant && same(made.roles, roles) && same(made.permissions, permissions))
      return made.scope;
    const scope = `${this.#start}user ${JSON.stringify([userId, tenant, roles, permissions])}${between}`;
    this.#ofLast = { userId, tenant, roles: roles?.slice(), permissions: permissions?.slice(), scope };
    this.#made.set(user as object, this.#ofLast);
    return scope;
  }
}

/** Returns whether two lists are equal: a program may have changed one since. */
function same(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
