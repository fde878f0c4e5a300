/** Policies of a service as middleware, composed once for each member. */
import { breaker } from '../middleware/breaker.js';
import { bulkhead } from '../middleware/bulkhead.js';
import type { Handler, Middleware } from '../middleware/call.js';
import { compose } from '../middleware/compose.js';
import { hedge } from '../middleware/hedge.js';
import type { MemberInfo } from '../middleware/member.js';
import { RetryPolicy } from '../middleware/retry-policy.js';
import { Idempotent, Safe } from '../service/declare/annotations.js';
import type { Clock } from '../util/clock.js';
import type { Policy, ServiceSettings } from './options.js';

/** Rules for the calls of one member, besides its middleware. */
export interface MemberRules {
  readonly timeout: number | undefined;
  /** Whether calls may run twice. */
  readonly idempotent: boolean;
  /** `undefined`: calls are not retried. */
  readonly retry: RetryPolicy | undefined;
}

/** The policies of one service. */
export class Policies {
  readonly #clock: Clock;
  readonly #general: Rules;
  readonly #methods = new Map<string, Rules>();
  /** Middleware around every call; `undefined` when no policy needs any. */
  readonly middleware: Middleware | undefined;

  constructor({ policy, methods, key, time }: ServiceSettings, clock: Clock, random: () => number) {
    const means: Means = { clock, time, random };
    this.#clock = clock;
    this.#general = new Rules(policy, means);
    for (const [name, own] of Object.entries(methods)) this.#methods.set(name, new Rules({ ...policy, ...own }, means));
    const guarded = [this.#general, ...this.#methods.values()].some((rules) => rules.guarded);
    // With a key, the call object that middleware sees is needed even without policies.
    if (key !== undefined) this.middleware = (next, member) => this.#compose((call) => next(call), member);
    else if (guarded) this.middleware = (next, member) => this.#compose(next, member);
  }

  /** Returns the rules for the calls of a member. */
  rulesOf(member: MemberInfo): MemberRules {
    const { policy, retry } = this.#of(member);
    return { timeout: policy.timeout, idempotent: mayRunTwice(policy, member), retry };
  }

  #of({ name }: MemberInfo): Rules {
    return this.#methods.get(name) ?? this.#general;
  }

  #compose(next: Handler, member: MemberInfo): Handler {
    const { policy, shared } = this.#of(member);
    if (!policy.hedge) return compose(shared, next, member);
    const hedged = hedge({ ...policy.hedge, idempotent: mayRunTwice(policy, member), clock: this.#clock });
    return compose(shared, hedged(next), member);
  }
}

/** Sources of time and randomness for the rules. */
interface Means extends Pick<ServiceSettings, 'time'> {
  readonly clock: Clock;
  readonly random: () => number;
}

/** One set of rules, and the state that its members share. */
class Rules {
  readonly policy: Policy;
  readonly retry: RetryPolicy | undefined;
  /** Middleware with shared state, outermost first. */
  readonly shared: readonly Middleware[];

  constructor(policy: Policy, { clock, time, random }: Means) {
    const { retry } = policy;
    this.policy = policy;
    this.retry = retry === false ? undefined : new RetryPolicy(retry, random);
    this.shared = [
      ...(policy.bulkhead ? [bulkhead({ ...policy.bulkhead, clock })] : []),
      ...(policy.breaker ? [breaker({ ...policy.breaker, clock: time })] : []),
    ];
  }

  /** Whether there is middleware. */
  get guarded(): boolean {
    return this.shared.length > 0 || Boolean(this.policy.hedge);
  }
}

function mayRunTwice(policy: Policy, member: MemberInfo): boolean {
  return policy.idempotent ?? member.annotation(Idempotent) ?? member.annotation(Safe) ?? false;
}
