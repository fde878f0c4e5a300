import type { BalancedPeer } from '../balance/load-balancer.js';
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf } from '../errors/outcome.js';
import { verdictOf } from '../middleware/failure.js';
import type { ServiceBinding } from '../peer/binding.js';
import type { CallWatcher } from '../peer/calls/call-sender.js';
import type { SettledCall } from '../peer/calls/outgoing-call.js';
import type { Settler } from '../peer/calls/promises.js';
import type { CallContext } from '../service/call/context.js';
import type { CallOptions } from '../service/call/options.js';
import type { Endpoint, Line } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import type { ServiceMember } from './service-member.js';

/** Owner of the attempts of a call. */
export interface AttemptOwner {
  readonly endpoints: Endpoints;
  /**
   * Takes over a call that has failed; returns whether it retries the call and settles it afterwards.
   *
   * @param crossed whether the call failed because it was sent before this node learned that the service was withdrawn there; another node
   *   may have the service
   */
  again(attempt: Attempt, error: unknown, now: number, settler: Settler, crossed: boolean): boolean;
  /** Called when a call of a resumable member was answered at the attempt's node. */
  opened(attempt: Attempt, result: unknown): void;
}

/** One attempt of a call at one node: reports its end to the balancer and to the policies. */
export class Attempt implements CallWatcher {
  /** The call in whose method this one is made. */
  parent: CallContext | undefined = undefined;
  /** The node of the attempt; `undefined` until one is chosen. */
  endpoint: Endpoint | undefined = undefined;
  /** Start of the attempt, in milliseconds on the monotonic clock. */
  start = 0;
  /** Connection of the attempt. Not a `#` field: those are initialized one by one, which costs time for each call. */
  line: Line | undefined = undefined;
  /** The service that the call is sent to. */
  binding: ServiceBinding | undefined = undefined;

  /**
   * @param seen the same call as middleware sees it
   * @param tried nodes of earlier attempts
   * @param repeats number of retries so far
   */
  constructor(
    private readonly owner: AttemptOwner,
    readonly member: ServiceMember,
    readonly args: unknown[],
    readonly options: CallOptions | undefined,
    readonly seen: SettledCall | undefined,
    readonly tried: ReadonlySet<BalancedPeer>,
    readonly repeats: number,
  ) {}

  /** Returns the same attempt with other options. */
  with(options: CallOptions | undefined): Attempt {
    const { owner, member, args, seen, parent, tried, repeats } = this;
    const changed = new Attempt(owner, member, args, options, seen, tried, repeats);
    changed.parent = parent;
    return changed;
  }

  /** Starts the attempt at a node. */
  begin(endpoint: Endpoint, line: Line, now: number): void {
    this.endpoint = endpoint;
    this.line = line;
    this.binding = line.binding;
    this.start = now;
    if (endpoint.active === 0) endpoint.quietSince = now;
    endpoint.active += 1;
    line.active += 1;
  }

  answered(result: unknown): void {
    const { owner } = this;
    if (this.member.resumable) owner.opened(this, result);
    const now = owner.endpoints.settings.time.now();
    const endpoint = this.end(now);
    owner.endpoints.selection.report(endpoint, true, now - this.start, now);
    this.member.rules.retry?.succeeded(now);
  }

  failed(error: unknown, settler: Settler): boolean {
    const { owner } = this;
    const now = owner.endpoints.settings.time.now();
    const endpoint = this.end(now);
    const verdict = verdictOf(error);
    if (verdict !== 'neither') owner.endpoints.selection.report(endpoint, verdict === 'success', now - this.start, now);
    return owner.again(this, error, now, settler, this.crossed(error));
  }

  /** Whether the call did not run because its service was withdrawn. That message arrives before the answer. */
  private crossed(error: unknown): boolean {
    if (this.binding?.attached !== false || !NetronError.is(error)) return false;
    return error.code === 'not_found' && outcomeOf(error) === 'not_run';
  }

  private end(now: number): Endpoint {
    const endpoint = this.endpoint as Endpoint;
    endpoint.active -= 1;
    endpoint.quietSince = now;
    endpoint.answeredAt = now;
    this.line?.callEnded();
    return endpoint;
  }
}
