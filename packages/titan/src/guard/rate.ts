import {
  type AnnotationEntry,
  type Call,
  createAnnotation,
  type Handler,
  type MemberInfo,
  NetronError,
} from '@omnitron-dev/netron';
import { type AuthContext, hostOf } from '@omnitron-dev/netron-auth/identity';
import type { CallLimiter, RateLimitResult } from '../security/providers.js';
import { checkRateLimit } from './check-rules.js';
import { SharedStore } from './shared-store.js';
import { SlidingWindow } from './sliding-window.js';

/** A rate limit. */
export interface RateLimitOptions {
  /** Calls a minute: short for `{ limit, window: 60_000 }`. */
  readonly rpm?: number;
  readonly limit?: number;
  /** Milliseconds. Default 60,000. */
  readonly window?: number;
  /** Number of calls that one counts for. Default 1. */
  readonly cost?: number;
  /** Counts by user (anonymous callers by address), or by address, for IPv6 by networks of 64 bits. Default `user`. */
  readonly by?: 'user' | 'address';
}

/** A normalized limit. */
interface Limit {
  readonly limit: number;
  readonly window: number;
  readonly cost: number;
  readonly by: 'user' | 'address';
  /** Whether all members of a service share the count. */
  readonly shared: boolean;
}

/** Limits of a member; all of them apply. */
export const Limits = createAnnotation<readonly Limit[]>({
  name: 'titan.limits',
  merge: (outer, inner) => {
    const byText = new Map([...outer, ...inner].map((each) => [JSON.stringify(each), each]));
    return [...byText.keys()].sort().map((text) => byText.get(text) as Limit);
  },
  stricter: (one, other) => {
    const texts = new Set(one.map((each) => JSON.stringify(each)));
    return other.every((each) => texts.has(JSON.stringify(each)));
  },
});

/** @throws TitanError `invalid_use` unless it is a rate limit */
export function limitOf(options: RateLimitOptions, shared: boolean): AnnotationEntry<readonly Limit[]> {
  checkRateLimit('rateLimit', options);
  const { rpm = 0, limit = rpm, window = 60_000, cost = 1, by = 'user' } = options;
  return Limits([{ limit, window, cost, by, shared }]);
}

/** Decorates classes and members, in both dialects. */
export type RuleDecorator = AnnotationEntry;

/** Limits calls: of a member, or of all members of a service together. */
export function RateLimit(options: RateLimitOptions): RuleDecorator {
  const [ofService, ofMember] = [limitOf(options, true), limitOf(options, false)];
  const decorate = (first: never, second?: never, third?: never) => {
    const isClass = second === undefined || (second as { kind?: string }).kind === 'class';
    const entry = (isClass ? ofService : ofMember) as (a: never, b?: never, c?: never) => void;
    if (second === undefined) entry(first);
    else entry(first, second, third);
  };
  return Object.assign(decorate, ofMember) as unknown as RuleDecorator;
}

/** Creates the limiter of a rule. */
export type MakeLimiter = (rule: { readonly limit: number; readonly window: number }) => CallLimiter;

/** Receives failures of shared limiters. */
export type ReportLimiter = (error: unknown) => void;

/**
 * Refuses calls beyond the limits of a member with `resource_exhausted` and the milliseconds until the next attempt. A call
 * that one limit refuses does not count for the others, except for simultaneous calls with shared limits. While a shared
 * limiter fails, this node counts by itself. Runs at the position `rate`.
 */
export function limitRate(make: MakeLimiter | undefined, report: ReportLimiter) {
  const limiters = new Map<string, CallLimiter>();
  return (next: Handler, member: MemberInfo): Handler => {
    const limits = member.annotation(Limits);
    if (!limits) return next;
    const name = `${member.service}.${member.name}`;
    const service = `${member.service}@${member.version}`;
    // The limit of a service comes first: it is the wider one.
    const checks = [...limits]
      .sort((a, b) => Number(b.shared) - Number(a.shared))
      .map((limit) => {
        // Each limit has its own count: those of two versions, and those with another cost or key.
        const scope = limit.shared ? service : `${service}.${member.name}`;
        const how = `${limit.cost === 1 ? '' : ` cost ${limit.cost}`}${limit.by === 'user' ? '' : ' by address'}`;
        const id = `${scope} ${limit.limit}/${limit.window}${how}`;
        const limiter = limiters.get(id) ?? (make ? new Shared(make(limit), limit, report) : new SlidingWindow(limit));
        limiters.set(id, limiter);
        return { limiter, limit, id, callers: new CallerKeys(limit.by) };
      });
    if (!make) return inMemory(checks as Check<SlidingWindow>[], name, next);
    /** Returns the limits in the order of their checks: exhausted ones first, so that a call which they refuse counts for none. */
    const inOrder = async (call: Call): Promise<typeof checks> => {
      if (checks.length === 1) return checks;
      const answers = checks.map(({ limiter, id, callers }) => limiter.checkLimit(`${id} ${callers.of(call)}`, 0));
      const found = (await Promise.all(answers)).findIndex(({ remaining }, at) => remaining < Math.ceil(checks[at]!.limit.cost));
      const full = checks[found];
      return full === undefined ? checks : [full, ...checks.filter((each) => each !== full)];
    };
    const ask = async (call: Call): Promise<unknown> => {
      for (const { limiter, limit, id, callers } of await inOrder(call)) {
        const { allowed, reset } = await limiter.checkLimit(`${id} ${callers.of(call)}`, limit.cost);
        if (!allowed) throw refusal(name, reset - Date.now());
      }
      return next(call);
    };
    return ask;
  };
}

/** A limit with its counter. */
interface Check<L extends CallLimiter> {
  readonly limiter: L;
  readonly limit: Limit;
  /** Identifies a limit within a shared store. */
  readonly id: string;
  readonly callers: CallerKeys;
}

/** Refuses calls beyond limits in memory. A call that one of them refuses counts for none. */
function inMemory(checks: readonly Check<SlidingWindow>[], name: string, next: Handler): Handler {
  const [first, ...more] = checks as [Check<SlidingWindow>, ...Check<SlidingWindow>[]];
  const take = ({ limiter, limit, callers }: Check<SlidingWindow>, call: Call) => {
    const wait = limiter.take(callers.of(call), limit.cost);
    if (wait > 0) throw refusal(name, wait);
  };
  if (more.length === 0) {
    return (call) => {
      take(first, call);
      return next(call);
    };
  }
  return (call) => {
    for (const { limiter, limit, callers } of checks) {
      const wait = limiter.peek(callers.of(call), limit.cost);
      if (wait > 0) throw refusal(name, wait);
    }
    for (const check of checks) take(check, call);
    return next(call);
  };
}

/** Timeout of a shared limiter, in milliseconds: calls wait for it. */
const patience = 1_000;

/** A shared limiter, with a local one as fallback. */
class Shared implements CallLimiter {
  readonly #limiter: CallLimiter;
  readonly #store: SharedStore;
  readonly #own: SlidingWindow;

  constructor(limiter: CallLimiter, limit: Limit, report: ReportLimiter) {
    this.#limiter = limiter;
    this.#store = new SharedStore(report);
    this.#own = new SlidingWindow(limit);
  }

  async checkLimit(key: string, cost?: number): Promise<RateLimitResult> {
    const found = await this.#store.ask(patience, () => this.#limiter.checkLimit(key, cost));
    return found ? found.answer : this.#own.checkLimit(key, cost);
  }
}

function refusal(name: string, wait: number): NetronError {
  return new NetronError('resource_exhausted', `${name}: too many calls`, { retryAfterMs: Math.max(1, Math.ceil(wait)) });
}

/** Keys of callers: by user, for anonymous callers by address without the port, for IPv6 by networks of 64 bits. Every call looks them up. */
class CallerKeys {
  readonly #byUser: boolean;
  /** Keys by identity, and by peer of anonymous callers. */
  readonly #made = new WeakMap<object, { readonly name: string | undefined; readonly key: string }>();
  /** Previous caller, which usually calls again. */
  #owner: object | undefined;
  #name: string | undefined;
  #key = '';

  constructor(by: 'user' | 'address') {
    this.#byUser = by === 'user';
  }

  of({ user, peer }: Call): string {
    const userId = this.#byUser ? (user as Partial<AuthContext> | undefined)?.userId : undefined;
    const owner = userId === undefined ? peer : (user as object);
    const name = userId ?? peer.address;
    if (owner === this.#owner && name === this.#name) return this.#key;
    const made = this.#made.get(owner);
    const key =
      made !== undefined && made.name === name
        ? made.key
        : userId === undefined
          ? `address ${hostOf(name ?? peer.id)}`
          : `user ${userId}`;
    if (key !== made?.key) this.#made.set(owner, { name, key });
    this.#owner = owner;
    this.#name = name;
    this.#key = key;
    return key;
  }
}
