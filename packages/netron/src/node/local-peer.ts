/**
 * The node itself as a peer: receives services to expose, and calls to them from within the process, which take the same
 * way through the dispatcher as calls from afar.
 */

import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { CallPeer, Handler } from '../middleware/call.js';
import { plainCallPromise } from '../peer/calls/call-promise.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import { taskMember } from '../peer/system/members.js';
import { requests } from '../peer/tracing.js';
import { type BoundMember, type BoundService, bindFunction, type IncomingChain } from '../service/call/bound-service.js';
import type { CallContext } from '../service/call/context.js';
import { currentCall } from '../service/call/current-call.js';
import type { Dispatcher } from '../service/call/dispatcher.js';
import { type CallOptions, checkCallOptions, sentAlong, timeOf } from '../service/call/options.js';
import { createProxy, type ProxyTarget, release } from '../service/call/proxy.js';
import type { Queried } from '../service/call/remote.js';
import type { RunningCalls } from '../service/call/running-calls.js';
import { serviceStream } from '../service/call/service-stream.js';
import type { ServiceRegistry } from '../service/registry.js';
import type { TaskRegistry, Through } from '../tasks/task-registry.js';
import type { Clock } from '../util/clock.js';
import type { InFlight } from '../util/in-flight.js';
import { isThenable } from '../util/is-thenable.js';
import type { ExposeOptions } from './hosted-services.js';
import { LocalReferences } from './local-reference.js';
import { tracedLocally } from './local-request.js';

/** Members of the node that the local peer uses. */
export interface LocalPeerNode {
  readonly id: string;
  readonly clock: Clock;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  readonly taskTimeout: number;
  readonly dispatcher: Dispatcher;
  /** The node's middleware, in front of tasks. */
  readonly incomingChain: IncomingChain | undefined;
  readonly services: ServiceRegistry;
  readonly inFlight: Pick<InFlight, 'add' | 'delete'>;
  readonly tasks: Pick<TaskRegistry, 'runLocal'>;
  expose(service: object, options: ExposeOptions | undefined): Promise<void>;
  conceal(name: string): Promise<void>;
  listen(service: object, event: string, listener: EventListener): () => void;
  reportError(error: unknown): void;
}

/** This node, for exposing services and for using them without a connection. */
export class LocalPeer implements CallPeer {
  /** Always `undefined`: the node does not authenticate itself. Its calls have the `user` of the call they are made for. */
  readonly identity: unknown = undefined;
  /** Always `undefined`: calls within the process come from nowhere. */
  readonly address = undefined;
  readonly transport = 'local';
  readonly #node: LocalPeerNode;
  readonly #calls: RunningCalls;
  readonly #references: LocalReferences;
  readonly #proxies = new WeakMap<BoundService, object>();

  /** @internal */
  constructor(node: LocalPeerNode) {
    this.#node = node;
    this.#calls = node.dispatcher.runningCalls();
    this.#references = new LocalReferences(this);
  }

  /** @internal Names of the calls that have not ended, as `service.method`. */
  get underWay(): string[] {
    return this.#calls.names;
  }

  /** @internal Aborts the calls that have not ended: their callers get `canceled`. */
  abandon(reason: string): void {
    this.#calls.abandon(reason);
  }

  /** The node's id. */
  get id(): string {
    return this.#node.id;
  }

  /**
   * Makes a service available to peers: an instance of a class with `@Service`, or what `defineService` or
   * `createService` returned.
   *
   * @throws TypeError when it is none, and for unknown options
   * @param options `replace` puts it in the place of the service with the same name and version, if there is one: calls under
   *   way end in the one before, later ones reach the new one, proxies and subscriptions of peers go on
   * @throws NetronError `already_exists` when the same name and version is exposed, unless it is replaced
   */
  async exposeService(service: object, options?: ExposeOptions): Promise<void> {
    return this.#node.expose(service, options);
  }

  /**
   * Takes a service away, by name or `name@version`: calls under way end normally, later ones fail with `not_found`, and its
   * events are not heard any more. Proxies and subscriptions go on when it is exposed again.
   *
   * @throws NetronError `invalid_argument` when what follows the `@` is no version or range
   */
  async concealService(name: string): Promise<void> {
    return this.#node.conceal(name);
  }

  /**
   * A proxy of a service of this node. Calls take the same way as those of peers, middleware included.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `not_found`; `invalid_argument` when what follows the `@` is no version or range
   */
  async queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>> {
    const bound = await this.#node.services.resolve(query);
    let proxy = this.#proxies.get(bound);
    if (proxy === undefined) {
      proxy = createProxy(new LocalTarget(this, this.#node, bound));
      this.#proxies.set(bound, proxy);
    }
    return proxy as Queried<T>;
  }

  /** Nothing is held for a local proxy. */
  releaseInterface(proxy: object): void {
    release(proxy, this);
  }

  /**
   * Runs a task of this node, middleware included, for at most `taskTimeout`.
   *
   * @throws NetronError `not_found`, `deadline_exceeded`, or what the task throws
   */
  async runTask<Result = unknown>(name: string, ...args: unknown[]): Promise<Result> {
    const { incomingChain, taskTimeout: timeout, tasks } = this.#node;
    const through: Through = (run, given, info) => this.answer(taskMember(info, incomingChain, run), [...given], { timeout });
    return tasks.runLocal(name, this, args, through) as Result;
  }

  /**
   * Calls one member without a proxy.
   *
   * @throws NetronError `not_found`; `invalid_argument` when what follows the `@` is no version or range; what the call fails with
   */
  async call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    if (options !== undefined) checkCallOptions(options);
    const { inFlight, services } = this.#node;
    let bound: BoundService;
    inFlight.add();
    try {
      bound = await services.resolve(service);
    } finally {
      inFlight.delete();
    }
    const member = bound.byName.get(method);
    if (member !== undefined) return this.answer(member, args, options);
    throw withOutcome(new NetronError('not_found', `service '${service}' has no member '${method}'`), 'not_run');
  }

  /** Calls a member of this node, with everything that a call from afar has but the way. */
  #begin(member: BoundMember, args: unknown[], options: CallOptions | undefined): unknown {
    const given = this.#references.home(args);
    if (!requests.active) return this.#run(member, given, options, undefined);
    return tracedLocally(this.#node, member, args, options, (changed, began) => this.#run(member, given, changed, began));
  }

  /** @internal The same, for a caller who gets services and functions by reference. */
  async answer(member: BoundMember, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const result = this.#begin(member, args, options);
    return this.#references.show(isThenable(result) ? await result : result);
  }

  #run(
    member: BoundMember,
    args: unknown[],
    options: CallOptions | undefined,
    began: ((call: CallContext) => void) | undefined,
  ): unknown {
    const { clock, requestTimeout, dispatcher } = this.#node;
    const parent = currentCall();
    const user: unknown = parent?.user;
    const timeout = options?.timeout;
    const now = clock.now();
    const told = Math.min(now + (timeout ?? Infinity), parent?.deadline ?? Infinity);
    return dispatcher.answer(
      {
        member,
        args,
        caller: this,
        header: sentAlong(options, parent),
        user,
        parent,
        now,
        deadline: told === Infinity ? undefined : told,
        expires: Math.min(told, now + timeOf(options, requestTimeout)),
        signal: options?.signal,
        began,
      },
      this.#calls,
    );
  }

  /** @internal Public members of a service object or a function. */
  boundOf(value: object): BoundService | undefined {
    const { services, incomingChain } = this.#node;
    return typeof value === 'function' ? bindFunction(value as () => unknown, incomingChain) : services.bind(value);
  }

  /** @internal Hears events of a service object. */
  listen(service: object, event: string, listener: EventListener): () => void {
    return this.#node.listen(service, event, listener);
  }

  /** @internal */
  reportError(error: unknown): void {
    this.#node.reportError(error);
  }

  /** Returns the services that this node exposes, as `name@version`. */
  getServiceNames(): string[] {
    return [...this.#node.services.names];
  }

  /** Says whether this node exposes a service, by `name@version`; without version, in any. */
  hasService(name: string): boolean {
    return this.getServiceNames().some((service) => service === name || service.startsWith(`${name}@`));
  }
}

class LocalTarget implements ProxyTarget {
  readonly stream = serviceStream;
  readonly #peer: LocalPeer;
  readonly #node: LocalPeerNode;
  readonly #bound: BoundService;
  #face: BoundService | undefined;

  constructor(peer: LocalPeer, node: LocalPeerNode, bound: BoundService) {
    this.#peer = peer;
    this.#node = node;
    this.#bound = bound;
  }

  get definition() {
    return this.#bound.definition;
  }

  get owner(): unknown {
    return this.#peer;
  }

  /** The service itself, as long as it is exposed: whoever is handed the proxy calls in their own name, and once. */
  get bound(): BoundService {
    if (this.#face === undefined) {
      const { definition, target } = this.#bound;
      const members = this.#bound.members.map((member): BoundMember => {
        const handler: Handler = (call) => {
          this.#check();
          return member.handler(call);
        };
        return { ...member, handler };
      });
      this.#face = { definition, members, byName: new Map(members.map((member) => [member.name, member])), target };
    }
    return this.#face;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    return plainCallPromise(async () => {
      this.#check();
      return this.#peer.answer(this.#bound.members[member] as BoundMember, args, options);
    });
  }

  async on(event: string, listener: EventListener): Promise<() => Promise<void>> {
    const heard: EventListener = (data, name) => (this.#exposed ? listener(data, name) : undefined);
    const off = this.#node.listen(this.#bound.target, event, heard);
    return async () => off();
  }

  reportError(error: unknown): void {
    this.#node.reportError(error);
  }

  dispose(): void {}

  get #exposed(): boolean {
    return this.#node.services.exposes(this.#bound);
  }

  #check(): void {
    const { name, version } = this.definition;
    if (!this.#exposed) throw withOutcome(new NetronError('not_found', `no service '${name}@${version}'`), 'not_run');
  }
}
