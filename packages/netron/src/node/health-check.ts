import { heapUse, systemClock } from '#platform';
import type { BackplaneState } from '../cluster/backplane/backplane.js';
import type { Discovery } from '../discovery/discovery.js';
import { NetronError } from '../errors/netron-error.js';
import { described } from '../util/check.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { type CheckResult, type HealthStatus, summarize } from '../util/health-status.js';
import { inTime } from '../util/in-time.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { thrownText } from '../util/thrown.js';
import type { Netron } from './netron.js';

/** Finds out whether something works. A check that throws counts as unhealthy. */
export type CheckFunction = () => CheckResult | boolean | PromiseLike<CheckResult | boolean>;

/** Options of `NetronHealthCheck`. */
export interface HealthCheckOptions {
  /** Milliseconds that each check may take. Default 5,000. */
  timeout?: number;
  /** Share of the heap limit in use from which memory counts as unhealthy. Default 0.9. */
  maxHeap?: number;
  /** Delay of the event loop, in milliseconds, above which it counts as unhealthy. Default 100. */
  maxDelay?: number;
  /** Default: the platform's clock. */
  clock?: Clock;
}

const names: OptionNames<HealthCheckOptions> = { timeout: true, maxHeap: true, maxDelay: true, clock: true };

/** Milliseconds of the timer whose delay is measured. */
const probe = 10;

/**
 * Health checks of a node: `transports` (critical: the node listens at no fewer addresses than when this object was made),
 * `discovery`, `peers`, `memory`, `eventLoop`, `backplane` when there is one, and the checks that the program adds. Each check
 * has a time limit, and none delays or fails the others.
 */
export class NetronHealthCheck {
  readonly #netron: Netron;
  readonly #options: Required<HealthCheckOptions>;
  /** Number of addresses the node listened at when this object was made. */
  readonly #listeners: number;
  readonly #added = new Map<string, { readonly check: CheckFunction; readonly critical: boolean }>();

  /** @throws RangeError for numbers that are not from 0; TypeError for unknown options */
  constructor(netron: Netron, options: HealthCheckOptions = {}) {
    checkOptions('NetronHealthCheck', options, names);
    const { timeout = 5_000, maxHeap = 0.9, maxDelay = 100, clock = systemClock } = options;
    checkNumbers('NetronHealthCheck', { timeout, maxHeap, maxDelay }, 'a non-negative number');
    this.#netron = netron;
    this.#listeners = netron.addresses.length;
    this.#options = { timeout, maxHeap, maxDelay, clock };
  }

  /**
   * Adds a check, or replaces the one of that name.
   *
   * @param options `critical`: when this check fails, the status is `unhealthy` instead of `degraded`. Default `false`
   * @throws TypeError for unknown options
   */
  add(name: string, check: CheckFunction, options: { critical?: boolean } = {}): this {
    checkOptions(`check '${name}'`, options, { critical: true });
    const { critical = false } = options;
    this.#added.set(name, { check, critical });
    return this;
  }

  /** Runs all checks concurrently. Never rejects. */
  async check(): Promise<HealthStatus> {
    const checks: Record<string, Promise<CheckResult>> = {
      transports: this.#run(() => this.#transports(), true),
      discovery: this.#run(() => this.#discovery(), false),
      peers: this.#run(() => this.#peers(), false),
      memory: this.#run(() => this.#memory(), false),
      eventLoop: this.#run(() => this.#eventLoop(), false),
    };
    const { backplane } = this.#netron;
    if (backplane !== undefined) checks.backplane = this.#run(() => backplaneCheck(backplane), false);
    for (const [name, { check, critical }] of this.#added) checks[name] = this.#run(check, critical);
    const results = await Promise.all(Object.entries(checks).map(async ([name, result]) => [name, await result] as const));
    return summarize(Object.fromEntries(results), this.#options.clock.wall());
  }

  async #run(check: CheckFunction, critical: boolean): Promise<CheckResult> {
    const { clock, timeout } = this.#options;
    const late = (): NetronError => new NetronError('deadline_exceeded', `took longer than ${timeout} ms`);
    try {
      const result: unknown = await inTime(clock, timeout, Promise.resolve().then(check), late);
      if (typeof result === 'boolean') return { healthy: result, critical };
      if (typeof (result as Partial<CheckResult> | undefined)?.healthy === 'boolean')
        return { critical, ...(result as CheckResult) };
      throw new TypeError(`a check must return a boolean or { healthy }, not ${described(result)}`);
    } catch (error) {
      return { healthy: false, critical, message: thrownText(error) };
    }
  }

  #transports(): CheckResult {
    const { addresses } = this.#netron;
    const healthy = addresses.length >= this.#listeners;
    const message = `listens at ${addresses.length} of ${this.#listeners} addresses`;
    return { healthy, ...(!healthy && { message }), details: { addresses } };
  }

  #discovery(): CheckResult {
    const discovery = discoveryOf(this.#netron);
    if (discovery === undefined) return { healthy: true, message: 'off' };
    const { state, backends } = discovery;
    const down = backends.filter(({ up }) => up !== true);
    const details = { state, nodes: Math.max(0, ...backends.map(({ nodes }) => nodes)) };
    if (down.length === 0) return { healthy: true, details };
    return {
      healthy: false,
      message: down.map(({ name, error }) => `${name}: ${error?.message ?? 'no answer'}`).join('; '),
      details,
    };
  }

  #peers(): CheckResult {
    return { healthy: true, details: { connected: this.#netron.peers.size } };
  }

  #memory(): CheckResult {
    const use = heapUse();
    if (use === undefined) return { healthy: true, message: 'unknown on this runtime' };
    const healthy = use.used < this.#options.maxHeap * use.limit;
    const message = `${Math.round(use.used / 2 ** 20)} of ${Math.round(use.limit / 2 ** 20)} MiB of heap in use`;
    return { healthy, message, details: use };
  }

  async #eventLoop(): Promise<CheckResult> {
    const { clock, maxDelay } = this.#options;
    const due = clock.now() + probe;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, probe, true));
    const delay = Math.max(0, clock.now() - due);
    return { healthy: delay <= maxDelay, message: `${Math.round(delay)} ms late`, details: { delay } };
  }
}

function backplaneCheck({ name, up, error, nodes }: BackplaneState): CheckResult {
  const details = { name, nodes: nodes.length };
  return up === true ? { healthy: true, details } : { healthy: false, message: error?.message ?? 'no answer', details };
}

function discoveryOf(netron: Netron): Discovery | undefined {
  try {
    return netron.discovery;
  } catch {
    return undefined;
  }
}
