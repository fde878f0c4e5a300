/** Options of calls to a service that several nodes serve. */
import type { BalancerName } from '../balance/balancer-names.js';
import { balancerOf } from '../balance/balancers.js';
import type { LoadBalancer } from '../balance/load-balancer.js';
import type { Locality } from '../balance/locality.js';
import type { OutlierOptions } from '../balance/outlier-options.js';
import { Outliers } from '../balance/outliers.js';
import type { Call } from '../middleware/call.js';
import type { BreakerOptions, BulkheadOptions, HedgeOptions, RetryOptions } from '../middleware/policy-options.js';
import type { SessionOptions } from '../peer/session/session-options.js';
import type { Clock } from '../util/clock.js';
import { TurnClock } from '../util/turn-clock.js';

/** Rules for calls that fail or are slow. */
export interface Policy {
  /** Milliseconds for a call including retries, unless the call has a `timeout` of its own. Default: the node's `requestTimeout`. */
  timeout?: number;
  /** Whether calls may run twice. Default: as each member states (`@Public({ idempotent: true })`). */
  idempotent?: boolean;
  /**
   * Retries of calls that failed for a transient reason, at another node if there is one: of calls that did not run, and
   * of calls that may run twice. Default: two, see `RetryOptions`. `false`: none.
   */
  retry?: false | RetryOptions;
  /** Makes a second attempt of slow calls that may run twice. Default and `false`: never. */
  hedge?: false | HedgeOptions;
  /** Refuses calls of a member for a while when it keeps failing at all nodes. Default and `false`: never. */
  breaker?: false | BreakerOptions;
  /** Limits the number of concurrent calls of a member. Default and `false`: no limit. */
  bulkhead?: false | BulkheadOptions;
}

/** Intervals of health checks. */
export interface HealthCheckOptions {
  /** Milliseconds of silence after which a node is pinged. Default 5,000. */
  interval?: number;
  /** Milliseconds that the node has to answer a ping. Default 1,000. */
  timeout?: number;
}

/** Options of `netron.service`, and of `netron.connect` with the name of a service. */
export interface ServiceConnectOptions extends Policy {
  /** Chooses the node for each call. Default: as the service states (`Discovery`), otherwise `p2c`. */
  loadBalancer?: BalancerName | LoadBalancer;
  /** The same as `loadBalancer`. */
  loadBalancing?: BalancerName | LoadBalancer;
  /** Whether nodes that do not answer a ping get no calls until they do. Default: as the service states (`Discovery`), otherwise `true`. */
  healthCheck?: boolean | HealthCheckOptions;
  /** Ejects nodes whose calls fail. Default: `{}`, see `OutlierOptions`; `false`: never. */
  outliers?: false | OutlierOptions;
  /** Preference for nodes of the same zone, or else of the same region. Default `prefer`. */
  locality?: Locality;
  /** Maximum number of nodes that this one connects to. Default 20. */
  subset?: number;
  /** Number of connections to each node, from 1 to 10. Default 1. */
  connections?: number;
  /** Returns the key of a call: with `consistent-hash`, calls with the same key go to the same node. */
  key?: (call: Call) => string;
  /**
   * Sessions: calls in flight when a connection is lost continue over the next one to the same node, unless that node no longer
   * listens. `false`: they fail with the connection. Default `true`: the bounds of the node, and a window of at most 10,000 ms. Services
   * with other settings than the default have connections of their own.
   */
  session?: boolean | SessionOptions;
  /** Rules for single members, by name; they override the rules for all members field by field. */
  methods?: Readonly<Record<string, Policy>>;
  /** Labels that the nodes must have. */
  labels?: Readonly<Record<string, string>>;
  /** Aborts the waiting of `connect`. */
  signal?: AbortSignal;
}

/** Options with their defaults. */
export interface ServiceSettings {
  /** Clock for work that is done for each call. */
  readonly time: TurnClock;
  readonly balancer: LoadBalancer;
  /** Makes the balancer that the service states; absent when the caller has chosen one. */
  readonly advised: ((name: BalancerName) => LoadBalancer) | undefined;
  readonly health: Required<HealthCheckOptions> | undefined;
  /** Whether the service may turn health checks off. */
  readonly healthAdvised: boolean;
  readonly outliers: Outliers | undefined;
  readonly locality: Locality;
  readonly subset: number;
  readonly connections: number;
  readonly key: ((call: Call) => string) | undefined;
  /** `true`: with the bounds of the node. */
  readonly session: boolean | SessionOptions;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly policy: Policy;
  readonly methods: Readonly<Record<string, Policy>>;
}

/** Reads options that were checked. */
export function readServiceOptions(
  given: ServiceConnectOptions,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): ServiceSettings {
  const { loadBalancing, loadBalancer = loadBalancing, outliers = {}, locality = 'prefer' } = given;
  const { subset = 20, connections = 1, key, session = true, labels, methods = {} } = given;
  const time = new TurnClock(clock);
  const make = (balancer: BalancerName | LoadBalancer) => balancerOf(balancer, { clock: time, random });
  return {
    time,
    balancer: make(loadBalancer ?? 'p2c'),
    advised: loadBalancer === undefined ? make : undefined,
    health: healthOf(given.healthCheck),
    healthAdvised: given.healthCheck === undefined,
    outliers: outliers === false ? undefined : new Outliers(outliers),
    locality,
    subset,
    connections,
    key,
    session,
    labels,
    policy: given,
    methods,
  };
}

function healthOf(given: ServiceConnectOptions['healthCheck'] = true): Required<HealthCheckOptions> | undefined {
  if (given === false) return undefined;
  const { interval = 5_000, timeout = 1_000 } = given === true ? {} : given;
  return { interval, timeout };
}
