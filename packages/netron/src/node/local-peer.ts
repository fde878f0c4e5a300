/**
 * The node itself as a peer: exposes services and makes calls to them from within the process, which take the same
 * path through the dispatcher as calls from other nodes.
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
import { createProxy, type ProxyTarget } from '../service/call/proxy.js';
import { release } from '../service/call/release.js';
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
  /** The node's middleware, which also runs around tasks. */
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
  /** Always `undefined`: the node does not authenticate itself. Its calls take over the `user` of the call they are made for. */
  readonly identity: unknown = undefined;
  /** Always `undefined`: calls within the process have no address. */
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

  /** @internal Names of the calls in flight, as `service.method`. */
  get underWay(): string[] {
    return this.#calls.names;
  }

  /** @internal Aborts the calls in flight: their callers get `canceled`. */
  abandon(reason: string): void {
    this.#calls.abandon(reason);
  }

  /** The node's id. */
  get id(): string {
    return this.#node.id;
  }

  /**
   * Exposes a service to peers: an instance of a class with `@Service`, or a result of `defineService` or `createService`.
   *
   * @param options `replace` puts it in the place of the service with the same name and version, if there is one: calls in
   *   flight finish in the old one, later calls reach the new one, and proxies and subscriptions of peers stay valid
   * @throws TypeError when `service` is not a service, and for unknown options
   * @throws NetronError `already_exists` when a service of the same name and version is exposed, unless it is replaced
   */
  async exposeService(service: object, options?: ExposeOptions): Promise<void> {
    return this.#node.expose(service, options);
  }

  /**
   * Removes a service, by name or `name@version`: calls in flight finish normally, later ones fail with `not_found`, and
   * subscribers receive no more of its events. Proxies and subscriptions work again when it is exposed again.
   *
   * @throws NetronError `invalid_argument` when the text after `@` is not a version or range
   */
  async concealService(name: string): Promise<void> {
    return this.#node.conceal(name);
  }

  /**
   * Returns a proxy of a service of this node. Its calls take the same path as those of peers, middleware included.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `not_found`; `invalid_argument` when the text after `@` is not a version or range
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

  /** Releases a proxy. A local proxy holds no resources. */
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
   * @throws NetronError `not_found`; `invalid_argument` when the text after `@` is not a version or range; the error of the call
   */
  async call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    if (options !== undefined) checkCallOptions(options);
    const { inFlight, services } = this.#node;
    let bound: BoundService;
    inFlight.add();
    try {
      bound = await services.resolve(service);
    } catch (error) {
      throw withOutcome(error, 'not_run');
    } finally {
      inFlight.delete();
    }
    const member = bound.byName.get(method);
    if (member !== undefined) return this.answer(member, args, options);
    throw withOutcome(new NetronError('not_found', `service '${service}' has no member '${method}'`), 'not_run');
  }

  /** Calls a member of this node like a call from another node, only without a connection. */
  #begin(member: BoundMember, args: unknown[], options: CallOptions | undefined): unknown {
    const given = this.#references.home(args);
    if (!requests.active) return this.#run(member, given, options, undefined);
    return tracedLocally(this.#node, member, args, options, (changed, began) => this.#run(member, given, changed, began));
  }

  /** @internal Calls a member and returns services and functions by reference. */
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
    const callDeadline = Math.min(now + (timeout ?? Infinity), parent?.deadline ?? Infinity);
    return dispatcher.answer(
      {
        member,
        args,
        caller: this,
        header: sentAlong(options, parent),
        user,
        parent,
        now,
        deadline: callDeadline === Infinity ? undefined : callDeadline,
        expires: Math.min(callDeadline, now + timeOf(options, requestTimeout)),
        signal: options?.signal,
        onBegin: began,
      },
      this.#calls,
    );
  }

  /** @internal Public members of a service object or a function. */
  boundOf(value: object): BoundService | undefined {
    const { services, incomingChain } = this.#node;
    return typeof value === 'function' ? bindFunction(value as () => unknown, incomingChain) : services.bind(value);
  }

  /** @internal Subscribes to events of a service object. */
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

  /** Returns whether this node exposes a service, given as `name@version`, or as `name` for any version. */
  hasService(name: string): boolean {
    return this.getServiceNames().some((service) => service === name || service.startsWith(`${name}@`));
  }
}

class LocalTarget implements ProxyTarget {
  readonly stream = serviceStream;
  readonly #peer: LocalPeer;
  readonly #node: LocalPeerNode;
  readonly #bound: BoundService;
  #whileExposed: BoundService | undefined;

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

  /** The service itself, while it is exposed: a peer that receives this proxy calls the service directly, under its own identity. */
  get bound(): BoundService {
    if (this.#whileExposed === undefined) {
      const { definition, target } = this.#bound;
      const members = this.#bound.members.map((member): BoundMember => {
        const handler: Handler = (call) => {
          this.#check();
          return member.handler(call);
        };
        return { ...member, handler };
      });
      this.#whileExposed = { definition, members, byName: new Map(members.map((member) => [member.name, member])), target };
    }
    return this.#whileExposed;
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
