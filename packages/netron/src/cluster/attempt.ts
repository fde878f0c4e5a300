import type { BalancedPeer } from '../balance/load-balancer.js';
import { verdictOf } from '../middleware/failure.js';
import type { Settler } from '../peer/calls/call-promise.js';
import type { CallWatcher } from '../peer/calls/call-sender.js';
import type { SettledCall } from '../peer/calls/outgoing-call.js';
import type { CallContext } from '../service/call/context.js';
import type { CallOptions } from '../service/call/options.js';
import type { Clock } from '../util/clock.js';
import type { Endpoint, Line } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import type { ServiceMember } from './service-member.js';

/** A call to a service, whichever nodes it goes to. */
export interface ServiceCall {
  readonly member: ServiceMember;
  readonly args: unknown[];
  readonly options: CallOptions | undefined;
  /** The same call as middleware sees it. */
  readonly seen: SettledCall | undefined;
  /** The call that it is made for. */
  readonly parent: CallContext | undefined;
  /** Repeats so far. */
  readonly repeats: number;
  /** When it was made, in milliseconds on the monotonic clock. */
  readonly start: number;
  /** Nodes that it went to before. */
  readonly tried: ReadonlySet<BalancedPeer>;
}

/** Members of whatever makes attempts. */
export interface AttemptOwner {
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  /** Takes over a call that has failed; returns whether it is made again, and then settles it. */
  again(attempt: Attempt, error: unknown, now: number, settler: Settler): boolean;
}

/** One attempt of a call at one node: watches how it ends, for the balancer and for those that count failures. */
export class Attempt implements CallWatcher {
  readonly call: ServiceCall;
  readonly endpoint: Endpoint;
  readonly #owner: AttemptOwner;
  readonly #line: Line;
  readonly #start: number;

  constructor(owner: AttemptOwner, call: ServiceCall, endpoint: Endpoint, line: Line, now: number) {
    this.#owner = owner;
    this.call = call;
    this.endpoint = endpoint;
    this.#line = line;
    this.#start = now;
    if (endpoint.active === 0) endpoint.quietSince = now;
    endpoint.active += 1;
    line.active += 1;
  }

  answered(): void {
    const now = this.#end();
    this.#owner.endpoints.report(this.endpoint, true, now - this.#start, now);
    this.call.member.rules.retry?.succeeded(now);
  }

  failed(error: unknown, settler: Settler): boolean {
    const now = this.#end();
    const verdict = verdictOf(error);
    if (verdict !== 'neither') this.#owner.endpoints.report(this.endpoint, verdict === 'success', now - this.#start, now);
    return this.#owner.again(this, error, now, settler);
  }

  #end(): number {
    const { endpoint } = this;
    const now = this.#owner.clock.now();
    endpoint.active -= 1;
    endpoint.quietSince = now;
    endpoint.answeredAt = now;
    this.#line.ended();
    return now;
  }
}
