/**
 * Target of a service's proxies, whichever nodes serve it: applies policies to calls by name, chooses a node for each, and
 * retries calls at other nodes where allowed.
 */
import type { BalancedPeer } from '../balance/load-balancer.js';
import { NetronError } from '../errors/netron-error.js';
import { afterAttempt, endedUnder, outcomeOf, withOutcome } from '../errors/outcome.js';
import type { Call } from '../middleware/call.js';
import { givenText } from '../middleware/given-text.js';
import { readOnce } from '../middleware/read-once.js';
import { failedCall, plainCallPromise } from '../peer/calls/call-promise.js';
import type { SettledCall } from '../peer/calls/outgoing-call.js';
import { OutgoingChain, unsettledPeer } from '../peer/calls/outgoing-chain.js';
import type { Settler } from '../peer/calls/promises.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import { currentCall } from '../service/call/current-call.js';
import { type CallOptions, type RepeatOptions, shortenedBy, timeOf } from '../service/call/options.js';
import type { ProxyTarget } from '../service/call/proxy.js';
import { membersOf } from '../service/call/remote-members.js';
import { runInCall } from '../service/call/running-call.js';
import { serviceStream } from '../service/call/service-stream.js';
import { discardStreams, guardStreams } from '../service/call/stream-source.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { Clock } from '../util/clock.js';
import { pause } from '../util/pause.js';
import { Attempt, type AttemptOwner } from './attempt.js';
import type { ClusterNode } from './cluster-node.js';
import type { Endpoint, Line } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import { Policies } from './policy.js';
import { ResumableCalls } from './resumable-calls.js';
import { ServiceEvents } from './service-events.js';
import { noneTried, ServiceMember } from './service-member.js';

/** Definition while none is known. */
const unknown: ServiceDefinition = Object.freeze({ name: '', version: '0.0.0', members: [] });

export class ServiceTarget implements ProxyTarget, AttemptOwner {
  readonly stream = serviceStream;
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  readonly owner: unknown;
  readonly #node: ClusterNode;
  readonly #policies: Policies;
  readonly #chain: OutgoingChain | undefined;
  readonly #events: ServiceEvents;
  #members = new Map<string, ServiceMember>();
  #definition: ServiceDefinition = unknown;
  readonly #released: () => void;
  readonly #streams: ResumableCalls;

  /**
   * @param released called when the program no longer uses it
   * @param owner the peer it belongs to, if there is one
   */
  constructor(node: ClusterNode, endpoints: Endpoints, released: () => void, owner?: unknown) {
    const { clock, random, outgoingChain } = node;
    this.endpoints = endpoints;
    this.clock = clock;
    this.owner = owner;
    this.#node = node;
    this.#released = released;
    this.#policies = new Policies(endpoints.settings, clock, random);
    const { middleware } = this.#policies;
    this.#chain =
      middleware === undefined ? outgoingChain : (outgoingChain?.with(middleware) ?? new OutgoingChain([middleware], node));
    this.#streams = new ResumableCalls(node, endpoints);
    this.#events = new ServiceEvents(endpoints, (error) => this.reportError(error));
  }

  get definition(): ServiceDefinition {
    const now = this.endpoints.definition;
    if (now !== undefined && now !== this.#definition) {
      this.#definition = now;
      this.#members = new Map();
    }
    return this.#definition;
  }

  async known(name: string, options: CallOptions | undefined): Promise<ServiceDefinition> {
    if (this.#definition === unknown) await this.#ready(this.#timed(name, options));
    return this.definition;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    return this.invokeNamed(this.definition.members[member]?.name ?? '', args, options);
  }

  invokeNamed(name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    if (!this.endpoints.ready) return this.#later(name, args, options);
    if (this.endpoints.own !== undefined) return this.#callOwn(this.endpoints.own, name, args, options);
    const member = this.#members.get(name) ?? this.#find(name);
    if (member === undefined) return this.#missing(name, args);
    const given = member.optionsOf(options);
    if (!member.resumable || readOnce(args)) return this.#call(member, args, given);
    return this.#streams.call(given, (options) => this.#call(member, args, options));
  }

  #call(member: ServiceMember, args: unknown[], given: CallOptions | undefined): Promise<unknown> {
    const chain = this.#chain;
    if (chain === undefined) return this.#send(member, args, given, undefined);
    return chain.invoke(member.info, args, given, unsettledPeer, (changed, left, call) =>
      this.#send(member, changed, left, call),
    );
  }

  opened({ endpoint, line }: Attempt, result: unknown): void {
    const peer = line?.connection.peer;
    if (endpoint !== undefined && peer !== undefined) this.#streams.opened(result, endpoint, peer);
  }

  /** Subscribes to events at every node that this one connects to, including nodes that are added later. */
  on(event: string, listener: EventListener): Promise<() => Promise<void>> {
    return this.#events.on(event, listener);
  }

  reportError(error: unknown): void {
    const { query } = this.endpoints;
    this.#node.logger.warn({ service: query, error: NetronError.from(error).message }, 'unhandled error');
  }

  dispose(): void {
    this.#released();
  }

  again(attempt: Attempt, error: unknown, now: number, settler: Settler, crossed: boolean): boolean {
    const { member, args, options, seen, parent, repeats, endpoint, start } = attempt;
    const { retry, idempotent } = member.rules;
    if (retry === undefined || options?.signal?.aborted === true || readOnce(args)) return false;
    // The call that this one is made for is being retried already: retries must not multiply.
    if ((parent?.attempt ?? 0) > 0) return false;
    const tried = new Set<BalancedPeer>(endpoint === undefined ? attempt.tried : [...attempt.tried, endpoint]);
    // A call that did not run is sent to another node at once.
    const atOnce = outcomeOf(error) === 'not_run' && this.endpoints.selection.otherThan(tried);
    const key = options?.idempotencyKey;
    const twice = (idempotent || key !== undefined) && !endedUnder(key, error);
    // A call sent before the withdrawal of its service was known costs no retry budget: no further call goes there before the service is
    // back. Without another node it waits, as new calls do.
    const free = crossed && (atOnce || retry.allows(repeats));
    const delay = free ? 0 : retry.next(error, repeats, twice, now);
    if (delay === undefined) return false;
    const wait = atOnce ? 0 : delay;
    const passed = now - start + wait;
    const within = timeOf(options, this.#node.requestTimeout) - passed;
    if (within <= 0) return false;
    const timed: RepeatOptions = { ...shortenedBy(passed, options), attempt: repeats + 1, within };
    const next = new Attempt(this, member, args, timed, seen, tried, repeats + 1);
    next.parent = parent;
    // If it is canceled meanwhile, it fails like any call that is canceled before it begins.
    pause(wait, this.clock, options?.signal)
      .catch(() => {})
      .then(() => this.#repeat(next))
      .then(settler.resolve, (last: unknown) => settler.reject(afterAttempt(error, last)));
    return true;
  }

  /** Makes an attempt on behalf of the original caller. */
  #repeat(attempt: Attempt): Promise<unknown> {
    const { parent } = attempt;
    return parent === undefined ? this.#try(attempt) : runInCall(parent, (again) => this.#try(again), attempt);
  }

  #send(
    member: ServiceMember,
    args: unknown[],
    options: CallOptions | undefined,
    seen: SettledCall | undefined,
  ): Promise<unknown> {
    // Middleware may call again, and remembers the node of the first attempt.
    const tried = seen === undefined || seen.peer === unsettledPeer ? noneTried : this.#triedBefore(seen);
    return this.#try(new Attempt(this, member, args, options, seen, tried, 0));
  }

  /** Makes one attempt, at a node that the balancer chooses. */
  #try(attempt: Attempt): Promise<unknown> {
    const { member, args, options, seen } = attempt;
    const { own, settings } = this.endpoints;
    // The service was exposed on this node while the call waited.
    if (own !== undefined) return this.#callOwn(own, member.name, args, options);
    const now = settings.time.now();
    let endpoint: Endpoint | undefined;
    let line: Line | undefined;
    try {
      const context = member.contextOf(seen && this.#keyOf(seen), attempt.tried);
      endpoint = this.endpoints.selection.pick(context, now, member);
      if (endpoint === undefined && this.endpoints.ready) return this.#missing(member.name, args);
      line = endpoint?.line();
    } catch (error) {
      this.#discard(args);
      return failedCall(error);
    }
    const number = line && member.numberIn(line.members);
    if (endpoint === undefined || line?.binding === undefined || number === undefined) return this.#wait(attempt);
    if (seen !== undefined) seen.peer = line.connection.peer ?? unsettledPeer;
    attempt.begin(endpoint, line, now);
    return line.binding.send(number, args, options, attempt);
  }

  /** Returns the key of a call, for the balancer. @throws NetronError `internal` when the program's function fails */
  #keyOf(seen: SettledCall): string | undefined {
    const { settings, query } = this.endpoints;
    const { key } = settings;
    if (key === undefined) return undefined;
    let given: unknown;
    try {
      given = key(seen as unknown as Call);
    } catch (cause) {
      const message = `the key function of service '${query}' failed: ${NetronError.from(cause).message}`;
      throw withOutcome(new NetronError('internal', message, { cause }), 'not_run');
    }
    return givenText(`the key of service '${query}'`, given);
  }

  /** Waits, within the time of the call, until a node is ready. */
  #wait(attempt: Attempt): Promise<unknown> {
    const { args, options } = attempt;
    const start = this.clock.now();
    attempt.parent ??= currentCall();
    guardStreams(args);
    return plainCallPromise(async () => {
      try {
        await this.endpoints.wait(options);
      } catch (error) {
        this.#discard(args);
        throw withOutcome(error, 'not_run');
      }
      const left = shortenedBy(this.clock.now() - start, options);
      return this.#repeat(left === options ? attempt : attempt.with(left));
    });
  }

  /** Makes a call when no node is ready, and possibly nothing is known of the service yet. */
  #later(name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    guardStreams(args);
    const start = this.clock.now();
    const timed = this.#timed(name, options);
    return plainCallPromise(async () => {
      try {
        await this.#ready(timed);
      } catch (error) {
        this.#discard(args);
        throw withOutcome(error, 'not_run');
      }
      return this.invokeNamed(name, args, shortenedBy(this.clock.now() - start, timed));
    });
  }

  /** Resolves when a call can be sent. The call counts as in flight here until it is known whether other nodes answer it. */
  #ready(options: CallOptions | undefined): Promise<void> {
    void this.#node.inFlight.during(this.endpoints.looked);
    return this.endpoints.wait(options);
  }

  /** Returns options with the timeout of a member that is not known yet, unless they have one. */
  #timed(name: string, options: CallOptions | undefined): CallOptions | undefined {
    const { policy, methods } = this.endpoints.settings;
    const timeout = methods[name]?.timeout ?? policy.timeout;
    return timeout === undefined || options?.timeout !== undefined ? options : { ...options, timeout };
  }

  #callOwn(own: ProxyTarget, name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const number = own.definition.members.findIndex((member) => member.name === name);
    if (number < 0) return this.#missing(name, args);
    return own.invoke(number, args, this.#timed(name, options));
  }

  /** Returns the member of that name, at any of the ready nodes. */
  #find(name: string): ServiceMember | undefined {
    const of = (definition: ServiceDefinition | undefined) =>
      definition && membersOf(definition).find((member) => member.name === name);
    let info = of(this.definition);
    for (const { definition } of this.endpoints.endpoints) info ??= of(definition);
    if (info === undefined) return undefined;
    const member = new ServiceMember(info, this.#policies.rulesOf(info));
    this.#members.set(name, member);
    return member;
  }

  #triedBefore(call: SettledCall): ReadonlySet<BalancedPeer> {
    const tried = new Set<BalancedPeer>();
    for (const endpoint of this.endpoints.endpoints) {
      if (endpoint.lines.some(({ connection }) => connection.peer === call.peer)) tried.add(endpoint);
    }
    return tried;
  }

  #missing(name: string, args: unknown[]): Promise<unknown> {
    this.#discard(args);
    const { name: service, version } = this.definition;
    return failedCall(new NetronError('not_found', `service '${service}@${version}' has no member '${name}'`));
  }

  /** Closes streams in arguments that were never sent. */
  #discard(args: unknown[]): void {
    discardStreams(args, (error) => this.reportError(error));
  }
}
