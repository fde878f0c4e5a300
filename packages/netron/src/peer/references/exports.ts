/**
 * Objects of this end that the other end of a link may call: services that it looked up, and functions and service objects that it was
 * sent. Handle 0, the node's own service, is not among them.
 */
import { NetronError } from '../../errors/netron-error.js';
import { type BoundMember, type BoundService, bindFunction, bindProxy } from '../../service/call/bound-service.js';
import { targetOf } from '../../service/call/proxy.js';
import type { ServiceBinder } from '../../service/service-binder.js';
import type { Clock } from '../../util/clock.js';
import { LazyMap } from '../../util/lazy-map.js';
import type { NodeMiddleware } from '../node-middleware.js';
import { type Advertised, nothingAdvertised } from './advertised.js';
import type { HeldReference } from './held-reference.js';
import { Method } from './method.js';

interface Export {
  /** Absent when it was concealed: the handle is then invalid and is not reused before it is released. */
  bound: BoundService | undefined;
  readonly target: object;
  /** Number of times that it was sent and not released. */
  count: number;
  /** Time of its first transfer, in milliseconds on the monotonic clock. */
  readonly since: number;
}

/** The members of the node that exports use. */
export interface ExportingNode {
  readonly clock: Pick<Clock, 'now'>;
  readonly middleware: Pick<NodeMiddleware, 'incomingChain'> | undefined;
  readonly services: { readonly bind: ServiceBinder };
}

/** Services by their handles, from 1 on; `undefined` for a concealed one. */
type AdvertisedServices = readonly (BoundService | undefined)[];

export class Exports {
  readonly #node: ExportingNode;
  readonly #limit: number;
  readonly #advertised: Advertised;
  /** Services announced in the hello: the other end holds them for the whole connection without a lookup. Usually shared by all links. */
  #services: AdvertisedServices;
  readonly #entries: (Export | undefined)[] = [];
  readonly #byTarget = new LazyMap<object, number>();
  readonly #free: number[] = [];

  /**
   * @param limit most handles that the other end accepts
   * @param advertised services announced in the hello
   */
  constructor(node: ExportingNode, limit: number, advertised: Advertised = nothingAdvertised) {
    this.#node = node;
    this.#limit = limit;
    this.#advertised = advertised;
    this.#services = advertised.services;
  }

  /** Returns the public members of an object, if it has any. */
  bind(target: object): BoundService | undefined {
    return this.#node.services.bind(target);
  }

  /** Number of handles in use, without the node's own and those of the hello. */
  get size(): number {
    return this.#byTarget.size;
  }

  /** Lists the references that the other end holds, without the services announced in the hello; for monitoring. */
  list(): HeldReference[] {
    return this.#entries.flatMap((entry, handle) => {
      if (entry === undefined) return [];
      const { name = '', version = '' } = entry.bound?.definition ?? {};
      return [{ handle, direction: 'out', owner: `${name}@${version}`, since: entry.since, size: entry.count }];
    });
  }

  /** Returns the service of a handle. */
  get(handle: number): BoundService | undefined {
    return handle <= this.#services.length ? this.#services[handle - 1] : this.#entries[handle]?.bound;
  }

  /**
   * Assigns a handle to `target`, or increases the count of the one it has.
   *
   * @throws NetronError `resource_exhausted` when the other end holds too many
   */
  add(target: object): number {
    const known = this.#byTarget.get(target);
    if (known !== undefined) {
      (this.#entries[known] as Export).count += 1;
      return known;
    }
    const advertised = this.#advertisedHandle(target);
    if (advertised !== undefined) return advertised;
    if (this.#byTarget.size >= this.#limit) {
      throw new NetronError('resource_exhausted', `the peer already holds ${this.#limit} references`);
    }
    const bound = this.boundOf(target);
    if (bound === undefined) throw new NetronError('invalid_argument', 'the object is not a service');
    const handle = this.#free.pop() ?? Math.max(1 + this.#services.length, this.#entries.length);
    this.#entries[handle] = { bound, target, count: 1, since: this.#node.clock.now() };
    this.#byTarget.set(target, handle);
    // An object of another peer must be held there as long as it is passed on here.
    targetOf(target)?.pin?.();
    return handle;
  }

  /** Releases `count` of the references sent to the other end. A count beyond those it holds releases all. */
  release(handle: number, count: number): void {
    const entry = this.#entries[handle];
    if (entry === undefined) return;
    entry.count -= count;
    if (entry.count <= 0) this.#remove(handle, entry);
  }

  /**
   * Redirects the handles of one service to another: members are matched by name.
   *
   * @returns whether both have the same definition
   */
  replace(before: BoundService, after: BoundService): boolean {
    const { definition } = before;
    const members = definition.members.map(({ name }) => after.byName.get(name)) as BoundMember[];
    const successor: BoundService = { ...after, definition, members };
    this.#services = this.#services.map((bound) => (bound?.target === before.target ? successor : bound));
    for (const entry of this.#entriesOf(before.target)) entry.bound = successor;
    return JSON.stringify(definition.members) === JSON.stringify(after.definition.members);
  }

  /** Makes `target` inaccessible to the other end; running calls continue. */
  conceal(target: object): void {
    if (this.#services.some((bound) => bound?.target === target)) {
      this.#services = this.#services.map((bound) => (bound?.target === target ? undefined : bound));
    }
    for (const entry of this.#entriesOf(target)) {
      entry.bound = undefined;
      if (this.#byTarget.has(entry.target)) this.#forget(entry.target);
    }
  }

  /** Returns the handles that lead to `target`: its own, and those of services that it has replaced. */
  #entriesOf(target: object): Export[] {
    return this.#entries.flatMap((entry) => (entry?.bound?.target === target ? entry : []));
  }

  clear(): void {
    for (const target of this.#byTarget.keys()) targetOf(target)?.unpin?.();
    this.#entries.length = 0;
    this.#byTarget.clear();
    this.#free.length = 0;
  }

  /** Returns the members of `target` that the other end may call; `undefined` when there are none. */
  boundOf(target: object): BoundService | undefined {
    const incomingChain = this.#node.middleware?.incomingChain;
    if (target instanceof Method) return { ...bindFunction(target.run.bind(target.holder), incomingChain), target: target.run };
    if (typeof target === 'function') return bindFunction(target as () => unknown, incomingChain);
    const proxied = targetOf(target);
    // The members of this proxy are not known yet.
    if (proxied?.invokeNamed !== undefined && proxied.definition.members.length === 0) return undefined;
    return proxied === undefined ? this.bind(target) : (proxied.bound ?? bindProxy(target, proxied, incomingChain));
  }

  /** Returns the handle that `target` has had since the hello. */
  #advertisedHandle(target: object): number | undefined {
    const handle = this.#advertised.handles.get(target);
    return handle === undefined || this.#services[handle - 1]?.target !== target ? undefined : handle;
  }

  #remove(handle: number, entry: Export): void {
    this.#entries[handle] = undefined;
    if (this.#byTarget.get(entry.target) === handle) this.#forget(entry.target);
    this.#free.push(handle);
  }

  #forget(target: object): void {
    this.#byTarget.delete(target);
    targetOf(target)?.unpin?.();
  }
}
