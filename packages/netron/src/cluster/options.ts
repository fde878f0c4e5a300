/** Options of calls that go to a service of several nodes, and their reading. */
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

/** Rules for calls that fail or take long. */
export interface Policy {
  /** Milliseconds for a call, repeats included, unless the call says otherwise. Default: the node's `requestTimeout`. */
  timeout?: number;
  /** Whether calls may run twice. Default: what the service says of each member (`@Public({ idempotent: true })`). */
  idempotent?: boolean;
  /**
   * Repeats of calls that failed for a reason that may pass, at another node if there is one: of those that did not run, and
   * of those that may run twice. Default: two, see `RetryOptions`. `false`: none.
   */
  retry?: false | RetryOptions;
  /** Makes calls that may run twice a second time when their answers take long. Default and `false`: never. */
  hedge?: false | HedgeOptions;
  /** Refuses calls of a member for a while that keeps failing at all nodes. Default and `false`: none. */
  breaker?: false | BreakerOptions;
  /** Bounds how many calls of a member run at a time. Default and `false`: no bound. */
  bulkhead?: false | BulkheadOptions;
}

/** Intervals of health checks. */
export interface HealthCheckOptions {
  /** Milliseconds of silence after which a node is asked whether it is there. Default 5,000. */
  interval?: number;
  /** Milliseconds that it has to answer. Default 1,000. */
  timeout?: number;
}

/** Options of `netron.service` and of `netron.connect` by the name of a service. */
export interface ServiceConnectOptions extends Policy {
  /** Chooses the node for each call. Default: what the service says (`Discovery`), otherwise `p2c`. */
  loadBalancer?: BalancerName | LoadBalancer;
  /** The same as `loadBalancer`. */
  loadBalancing?: BalancerName | LoadBalancer;
  /** Nodes that do not answer a ping get no calls until they do. Default: what the service says (`Discovery`), otherwise `true`. */
  healthCheck?: boolean | HealthCheckOptions;
  /** Leaves nodes out whose calls fail. Default: `{}`, see `OutlierOptions`. */
  outliers?: false | OutlierOptions;
  /** Nodes of the same zone first, else of the same region. Default `prefer`. */
  locality?: Locality;
  /** Nodes that this one connects to, at most. Default 20. */
  subset?: number;
  /** Connections to each node, from 1 to 10. Default 1. */
  connections?: number;
  /** Calls with the same key go to the same node, with `consistent-hash`. */
  key?: (call: Call) => string;
  /**
   * Sessions: calls under way when a connection is lost go on over the next one to the same node, unless nobody listens there any more.
   * `false`: it ends with the connection. Default `true`: bounds of the node, and a window of 10,000 ms at most. Services with
   * other settings than the default have connections of their own.
   */
  session?: boolean | SessionOptions;
  /** Rules for single members, by name; they complete those for all. */
  methods?: Readonly<Record<string, Policy>>;
  /** Labels that the nodes must have. */
  labels?: Readonly<Record<string, string>>;
  /** Gives up the wait of `connect`. */
  signal?: AbortSignal;
}

/** Options as they were read. */
export interface ServiceSettings {
  /** Clock of what is done for each call. */
  readonly time: TurnClock;
  readonly balancer: LoadBalancer;
  /** Makes the balancer that the service asks for; absent when the caller has chosen one. */
  readonly advised: ((name: BalancerName) => LoadBalancer) | undefined;
  readonly health: Required<HealthCheckOptions> | undefined;
  /** Whether the service may say that there are no health checks. */
  readonly healthAdvised: boolean;
  readonly outliers: Outliers | undefined;
  readonly locality: Locality;
  readonly subset: number;
  readonly connections: number;
  readonly key: ((call: Call) => string) | undefined;
  /** `true`: as the node has them. */
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
