/** Health checks: pings nodes that have been silent for a while, and looks up services again that were not found. */
import type { ClusterNode } from './cluster-node.js';
import type { Endpoint } from './endpoint.js';
import type { HealthCheckOptions } from './options.js';

/** Milliseconds between two rounds without health checks. */
const lookEvery = 5_000;

export class HealthChecks {
  readonly #node: Pick<ClusterNode, 'clock'>;
  readonly #options: () => Required<HealthCheckOptions> | undefined;
  readonly #endpoints: () => Iterable<Endpoint>;
  readonly #changed: () => void;
  #timer: unknown;

  /**
   * @param options called in each round; `undefined`: no pings
   * @param changed called when the health of a node has changed
   */
  constructor(
    node: Pick<ClusterNode, 'clock'>,
    options: () => Required<HealthCheckOptions> | undefined,
    endpoints: () => Iterable<Endpoint>,
    changed: () => void,
  ) {
    this.#node = node;
    this.#options = options;
    this.#endpoints = endpoints;
    this.#changed = changed;
  }

  start(): void {
    this.#timer ??= this.#node.clock.setTimeout(() => this.#look(), this.#options()?.interval ?? lookEvery, true);
  }

  stop(): void {
    this.#node.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    this.start();
    const options = this.#options();
    for (const endpoint of this.#endpoints()) {
      if (!endpoint.ready) endpoint.look();
      else if (options !== undefined) void this.#check(endpoint, options);
    }
  }

  async #check(endpoint: Endpoint, { interval, timeout }: Required<HealthCheckOptions>): Promise<void> {
    const { clock } = this.#node;
    // A recent answer to a call proves as much.
    if (endpoint.healthy && clock.now() - endpoint.answeredAt < interval / 5) return;
    const healthy = (await endpoint.peer?.answers(timeout)) ?? false;
    if (healthy === endpoint.healthy) return;
    endpoint.healthy = healthy;
    this.#changed();
  }
}
