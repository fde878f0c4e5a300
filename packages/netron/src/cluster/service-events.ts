/** Events of one service, at this node and at every other that it is called at: receives subscriptions, begins each where nodes come. */
import type { ServiceBinding } from '../peer/binding.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import type { Endpoints } from './endpoints.js';
import { EveryNode } from './every-node.js';

export class ServiceEvents {
  readonly #endpoints: Endpoints;
  readonly #elsewhere: EveryNode<ServiceBinding>;

  /** @param failed told of nodes that come later and refuse a subscription */
  constructor(endpoints: Endpoints, failed: (error: unknown) => void) {
    this.#endpoints = endpoints;
    this.#elsewhere = new EveryNode(endpoints, (endpoint) => endpoint.line()?.binding, failed, comesBack);
  }

  /**
   * Hears of an event as soon as a node is ready, at those that come later, too.
   *
   * @returns ends it everywhere
   * @throws why no node can be called, or each other one that is ready refuses it
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

/** Whether subscriptions to a service come back by themselves where another binding is found: it was withdrawn for a while. */
function comesBack(before: ServiceBinding, found: ServiceBinding): boolean {
  return before.owner === found.owner && before.query === found.query;
}
