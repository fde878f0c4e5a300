import { Cache, type Handler, Invalidates, type MemberInfo } from '@omnitron-dev/netron';
import type { AuthContext } from '@omnitron-dev/netron-auth/identity';
import { canonical } from './canonical.js';
import type { ResultCache } from './result-cache.js';

/** Separates the parts of a key: no name and no text of JSON has it. */
const between = '\u0000';

/**
 * Keeps results of members with `cache: { ttl }`, by member, caller and arguments; `shared` ones for all callers. Equal calls at one time run once. Members that
 * name what they make out of date forget it when they have run. Stands in the place `cache`.
 */
export function cacheResults(cache: ResultCache) {
  return (next: Handler, member: MemberInfo): Handler => {
    const invalidates = member.annotation(Invalidates);
    const forgetAfter = async (result: Promise<unknown>, tags: readonly string[]): Promise<unknown> => {
      try {
        return await result;
      } finally {
        await cache.invalidate(tags);
      }
    };
    if (invalidates && invalidates.length > 0) {
      return (call) => {
        const result = next(call);
        if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function')
          return forgetAfter(result as Promise<unknown>, invalidates);
        const done = cache.invalidate(invalidates);
        return done ? done.then(() => result) : result;
      };
    }
    const rule = member.annotation(Cache);
    if (!rule?.ttl || member.kind === 'stream') return next;
    const { ttl, shared = false, tags = [] } = rule;
    const start = `${member.service}@${member.version}${between}${member.name}${between}`;
    return (call) => {
      const args = canonical(call.args);
      const caller = shared ? '' : callerOf(call.user);
      if (args === undefined || caller === undefined) return next(call);
      return cache.get(`${start}${caller}${between}${args}`, ttl, tags, () => next(call));
    };
  };
}

/** A key for a caller; `undefined` for one that cannot be told from others. */
function callerOf(user: unknown): string | undefined {
  if (user === undefined) return 'nobody';
  const { userId, tenant, roles, permissions } = user as Partial<AuthContext>;
  return typeof userId === 'string' ? `user ${JSON.stringify([userId, tenant, roles, permissions])}` : canonical(user);
}
