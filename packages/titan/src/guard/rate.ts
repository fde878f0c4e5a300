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
import { SlidingWindow } from './sliding-window.js';

/** A limit of calls. */
export interface RateLimitOptions {
  /** Calls a minute: short for `{ limit, window: 60_000 }`. */
  readonly rpm?: number;
  readonly limit?: number;
  /** Milliseconds. Default 60,000. */
  readonly window?: number;
  /** Calls that one counts for. Default 1. */
  readonly cost?: number;
  /** Counts by user (strangers by address), or by address. Default `user`. */
  readonly by?: 'user' | 'address';
}

/** A limit in the form in which it is kept. */
interface Limit {
  readonly limit: number;
  readonly window: number;
  readonly cost: number;
  readonly by: 'user' | 'address';
  /** Counted for all members of a service together. */
  readonly shared: boolean;
}

/** Limits of a member; all have to hold. */
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

/** @throws RangeError when there is no limit above 0 */
export function limitOf(
  { rpm, limit = rpm, window = 60_000, cost = 1, by = 'user' }: RateLimitOptions,
  shared: boolean,
): AnnotationEntry<readonly Limit[]> {
  if (!(Number(limit) > 0) || !(window > 0) || !(cost > 0))
    throw new RangeError('rateLimit takes { rpm } or { limit, window }, numbers above 0');
  return Limits([{ limit: Number(limit), window, cost, by, shared }]);
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

/** Makes the limiter of a rule. */
export type MakeLimiter = (rule: { readonly limit: number; readonly window: number }) => CallLimiter;

/** Receives failures of limiters that several nodes share. */
export type ReportLimiter = (error: unknown) => void;

/**
 * Refuses calls beyond the limits of a member with `resource_exhausted` and the milliseconds after which to try again. A call
 * that one limit refuses counts for none of those in memory. While a shared limiter fails, this node counts by itself. Stands
 * in the place `rate`.
 */
export function limitRate(make: MakeLimiter | undefined, report: ReportLimiter) {
  const limiters = new Map<string, CallLimiter>();
  return (next: Handler, member: MemberInfo): Handler => {
    const limits = member.annotation(Limits);
    if (!limits) return next;
    const name = `${member.service}.${member.name}`;
    // A service's limit comes first: it is the wider one.
    const checks = [...limits]
      .sort((a, b) => Number(b.shared) - Number(a.shared))
      .map((limit) => {
        const scope = limit.shared ? member.service : name;
        const id = `${scope} ${limit.limit}/${limit.window}`;
        const limiter = limiters.get(id) ?? (make ? new Shared(make(limit), limit, report) : new SlidingWindow(limit));
        limiters.set(id, limiter);
        return { limiter, limit, keyOf: (call: Call) => `${make ? `${id} ` : ''}${callerOf(call, limit.by)}` };
      });
    const local = checks.every(({ limiter }) => limiter instanceof SlidingWindow);
    if (local) {
      return (call) => {
        for (const take of [false, true]) {
          for (const { limiter, limit, keyOf } of checks) {
            if (!take && checks.length === 1) continue;
            const window = limiter as SlidingWindow;
            refuse(name, take ? window.checkLimit(keyOf(call), limit.cost) : window.peek(keyOf(call), limit.cost));
          }
        }
        return next(call);
      };
    }
    const ask = async (call: Call): Promise<unknown> => {
      for (const { limiter, limit, keyOf } of checks) refuse(name, await limiter.checkLimit(keyOf(call), limit.cost));
      return next(call);
    };
    return ask;
  };
}

/** A limiter that several nodes share, and one of this node's own for while it fails. */
class Shared implements CallLimiter {
  readonly #shared: CallLimiter;
  readonly #own: SlidingWindow;
  readonly #report: ReportLimiter;
  #failing = false;

  constructor(shared: CallLimiter, limit: Limit, report: ReportLimiter) {
    this.#shared = shared;
    this.#own = new SlidingWindow(limit);
    this.#report = report;
  }

  async checkLimit(key: string, cost?: number): Promise<RateLimitResult> {
    try {
      const result = await this.#shared.checkLimit(key, cost);
      this.#failing = false;
      return result;
    } catch (error) {
      if (!this.#failing) this.#report(error);
      this.#failing = true;
      return this.#own.checkLimit(key, cost);
    }
  }
}

function refuse(name: string, { allowed, reset }: RateLimitResult): void {
  if (allowed) return;
  throw new NetronError('resource_exhausted', `${name}: too many calls`, { retryAfterMs: Math.max(1, reset - Date.now()) });
}

/** Returns the key of a caller: its user, else its address without the port. */
function callerOf({ user, peer }: Call, by: 'user' | 'address'): string {
  const id = by === 'user' ? (user as AuthContext | undefined)?.userId : undefined;
  return id === undefined ? `address ${hostOf(peer.address ?? peer.id)}` : `user ${id}`;
}
