/** The ready nodes of a service, and the choice of one of them for each call. */
import type { BalancerName } from '../balance/balancer-names.js';
import type { BalancedPeer, BalancingContext, LoadBalancer } from '../balance/load-balancer.js';
import { near } from '../balance/locality.js';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { ServiceDefinition } from '../service/definition.js';
import { described } from '../util/check.js';
import { hearPromise } from '../util/hear-promise.js';
import { isThenable } from '../util/is-thenable.js';
import { adviceOf } from './advice.js';
import type { Versions } from './candidates.js';
import type { ClusterNode } from './cluster-node.js';
import type { Endpoint } from './endpoint.js';
import type { ServiceSettings } from './options.js';

/** Maximum share of nodes that may be left out as unhealthy; beyond it, all are used. */
const panic = 0.5;

/** Settings of a service that the choice depends on. */
export type SelectionSettings = Pick<ServiceSettings, 'advised' | 'balancer' | 'locality' | 'outliers'>;

/** A member for which a node is chosen. */
export interface AskedMember {
  /** Returns the nodes of a list that have it; the same array for the same nodes. */
  among(all: readonly Endpoint[]): readonly Endpoint[];
}

export class Selection {
  readonly #query: string;
  readonly #all: ReadonlyMap<string, Endpoint>;
  readonly #settings: SelectionSettings;
  readonly #node: Pick<ClusterNode, 'logger' | 'place'>;
  readonly #ready = new Set<Endpoint>();
  #balancer: LoadBalancer;
  /** The balancer that the service states. */
  #advised: BalancerName | undefined;
  /** Ready and healthy nodes; the same array while they do not change. */
  #usable: readonly Endpoint[] | undefined;
  /** Nearest nodes of each list. */
  readonly #near = new WeakMap<readonly BalancedPeer[], readonly BalancedPeer[]>();

  /**
   * @param query the service, for messages
   * @param all every node that is connected to for the service
   */
  constructor(
    query: string,
    all: ReadonlyMap<string, Endpoint>,
    settings: SelectionSettings,
    node: Pick<ClusterNode, 'logger' | 'place'>,
  ) {
    this.#query = query;
    this.#all = all;
    this.#settings = settings;
    this.#node = node;
    this.#balancer = settings.balancer;
  }

  /** Nodes to which calls can be sent. */
  get ready(): ReadonlySet<Endpoint> {
    return this.#ready;
  }

  /** Returns the definition of the newest version that a ready node has; `undefined` while none is ready. */
  newest(versions: Pick<Versions, 'compare'> | undefined): ServiceDefinition | undefined {
    let best: ServiceDefinition | undefined;
    for (const { definition } of this.#ready) {
      if (definition === undefined || definition === best) continue;
      const newer = best === undefined || (versions?.compare(definition.version, best.version) ?? 0) > 0;
      if (newer) best = definition;
    }
    return best;
  }

  /** Adds a node that is ready. @returns whether it was not ready before */
  add(endpoint: Endpoint): boolean {
    if (this.#ready.has(endpoint)) return false;
    this.#ready.add(endpoint);
    endpoint.healthy = true;
    return true;
  }

  /** Removes a node that is no longer ready. */
  delete(endpoint: Endpoint): void {
    this.#ready.delete(endpoint);
  }

  /** Call when the readiness or health of nodes has changed. */
  invalidate(): void {
    this.#usable = undefined;
  }

  /**
   * Chooses the node for a call; `undefined` when none is ready, or no ready node has the member.
   *
   * @throws NetronError `internal` when the balancer fails or returns a node that it was not offered
   */
  pick(context: BalancingContext, now: number, member?: AskedMember): Endpoint | undefined {
    const { outliers, locality } = this.#settings;
    const usable = this.#usable ?? this.#select();
    let list: readonly BalancedPeer[] = member?.among(usable) ?? usable;
    if (list.length < 2) return list[0] as Endpoint | undefined;
    if (outliers !== undefined) list = outliers.ready(list, now);
    if (locality !== false) list = this.#nearest(list);
    if (list.length < 2) return list[0] as Endpoint | undefined;
    return this.#choose(list, context) as Endpoint;
  }

  #choose(list: readonly BalancedPeer[], context: BalancingContext): BalancedPeer {
    let chosen: BalancedPeer;
    let promised: boolean;
    try {
      chosen = this.#balancer.selectPeer(list, context);
      if (list.includes(chosen)) return chosen;
      promised = hearPromise(chosen);
    } catch (error) {
      throw this.#wrong(`failed: ${NetronError.from(error).message}`, error);
    }
    const came = promised ? 'a promise' : described(chosen);
    throw this.#wrong(`must return one of the offered peers, not ${came}`);
  }

  #wrong(fault: string, cause?: unknown): NetronError {
    const message = `the load balancer${nameOf(this.#balancer)} of service '${this.#query}' ${fault}`;
    return withOutcome(new NetronError('internal', message, { cause }), 'not_run');
  }

  /** Reports how a call has ended. */
  report(endpoint: Endpoint, success: boolean, latency: number, now: number): void {
    // With a single node there is no choice, so results are not needed.
    if (this.#all.size === 1) return;
    this.#settings.outliers?.report(endpoint, success, now);
    try {
      const noted: unknown = this.#balancer.reportResult(endpoint, success, latency);
      if (isThenable(noted)) noted.then(undefined, (error) => this.#unnoted(error));
    } catch (error) {
      this.#unnoted(error);
    }
  }

  #unnoted(error: unknown): void {
    const facts = { service: this.#query, error: NetronError.from(error).message };
    this.#node.logger.error(facts, `the load balancer${nameOf(this.#balancer)} failed in reportResult()`);
  }

  /** Whether a ready node exists that no attempt of a call went to. */
  otherThan(tried: ReadonlySet<BalancedPeer>): boolean {
    for (const endpoint of this.#ready) if (!tried.has(endpoint)) return true;
    return false;
  }

  /** Returns the reason why a node is not called, for messages; `undefined` when it is called. */
  reasonAgainst(endpoint: Endpoint, now: number): string | undefined {
    if (endpoint.reason !== undefined) return endpoint.reason;
    const usable = this.#usable ?? this.#select();
    if (!usable.includes(endpoint)) return 'it did not answer the last health check';
    const { outliers } = this.#settings;
    if (outliers === undefined || !outliers.ejected(endpoint, now) || outliers.ready(usable, now).includes(endpoint))
      return undefined;
    return 'its calls fail: it is ejected for a while';
  }

  /** Returns a remark on a node that is called. */
  remark(endpoint: Endpoint | undefined, now: number): string {
    if (endpoint === undefined) return 'it is used';
    if (!endpoint.healthy) return 'it is used because too many nodes do not answer health checks';
    if (this.#settings.outliers?.ejected(endpoint, now) === true) return 'it is used because the calls of too many nodes fail';
    return 'it is used';
  }

  /** Uses the balancer that the service states, unless the caller has chosen one. */
  takeAdvice(definition: ServiceDefinition | undefined): void {
    const { advised, balancer } = this.#settings;
    if (advised === undefined || this.#ready.size === 0) return;
    const { loadBalancing } = adviceOf(definition);
    if (loadBalancing === this.#advised) return;
    this.#advised = loadBalancing;
    this.#balancer = loadBalancing === undefined ? balancer : advised(loadBalancing);
  }

  #select(): readonly Endpoint[] {
    const ready = [...this.#ready];
    const healthy = ready.filter((endpoint) => endpoint.healthy);
    // Frozen, because a balancer receives the array itself and could change it for all calls.
    this.#usable = Object.freeze(ready.length - healthy.length > panic * ready.length ? ready : healthy);
    return this.#usable;
  }

  #nearest(list: readonly BalancedPeer[]): readonly BalancedPeer[] {
    const { zone, region } = this.#node.place;
    if (zone === undefined && region === undefined) return list;
    let nearest = this.#near.get(list);
    if (nearest === undefined) {
      nearest = Object.freeze(near(list, this.#node.place, this.#settings.locality));
      this.#near.set(list, nearest);
    }
    return nearest;
  }
}

/** Returns the class name of a program's balancer, for messages; an empty string for one without. */
function nameOf(balancer: LoadBalancer): string {
  const { name } = (balancer as { readonly constructor?: { readonly name?: unknown } }).constructor ?? {};
  return typeof name === 'string' && name !== '' && name !== 'Object' ? ` ${name}` : '';
}
