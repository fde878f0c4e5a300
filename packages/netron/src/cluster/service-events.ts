/** Events of one service at this node and at every other node where it is called: keeps subscriptions at all of them. */
import type { ServiceBinding } from '../peer/binding.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import type { Endpoints } from './endpoints.js';
import { EveryNode } from './every-node.js';

export class ServiceEvents {
  readonly #endpoints: Endpoints;
  readonly #elsewhere: EveryNode<ServiceBinding>;

  /** @param failed called with errors of nodes that are added later and refuse a subscription */
  constructor(endpoints: Endpoints, failed: (error: unknown) => void) {
    this.#endpoints = endpoints;
    this.#elsewhere = new EveryNode(endpoints, (endpoint) => endpoint.line()?.binding, failed, comesBack);
  }

  /**
   * Subscribes to an event once a node is ready, also at nodes that are added later.
   *
   * @returns a function that ends the subscription everywhere
   * @throws the reason why no node can be called, or the error when every other ready node refuses
   */
  async on(event: string, listener: EventListener): Promise<() => Promise<void>> {
    await this.#endpoints.wait(undefined);
    const here = await this.#endpoints.own?.on(event, listener);
    try {
      const there = await this.#elsewhere.add((binding) => binding.on(event, listener));
      return async () => void (await Promise.all([here?.(), there()]));
    } catch (error) {
      await here?.();
      throw error;
    }
  }
}

/** Whether subscriptions to a service are restored without help when another binding is found: the service was only withdrawn for a while. */
function comesBack(before: ServiceBinding, found: ServiceBinding): boolean {
  return before.owner === found.owner && before.query === found.query;
}
