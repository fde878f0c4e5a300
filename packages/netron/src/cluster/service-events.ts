/** Events of one service at this node and at every other node where it is called: keeps subscriptions at all of them. */
import type { ServiceBinding } from '../peer/binding.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import type { ProxyTarget } from '../service/call/proxy.js';
import type { Endpoints } from './endpoints.js';
import { EveryNode } from './every-node.js';

/** Ends a subscription. */
type End = () => Promise<void>;

export class ServiceEvents {
  readonly #endpoints: Endpoints;
  readonly #elsewhere: EveryNode<ServiceBinding>;
  readonly #failed: (error: unknown) => void;

  /** @param failed called with errors of nodes that are added later and refuse a subscription */
  constructor(endpoints: Endpoints, failed: (error: unknown) => void) {
    this.#endpoints = endpoints;
    this.#failed = failed;
    this.#elsewhere = new EveryNode(endpoints, (endpoint) => endpoint.line()?.binding, failed, comesBack);
  }

  /**
   * Subscribes to an event once a node is ready, also at nodes that are added later.
   *
   * @returns a function that ends the subscription everywhere
   * @throws the reason why no node can be called, or the error when every other ready node refuses
   */
  async on(event: string, listener: EventListener): Promise<End> {
    await this.#endpoints.wait(undefined);
    const here = await this.#here(event, listener);
    try {
      const there = await this.#elsewhere.add((binding) => binding.on(event, listener));
      return async () => void (await Promise.all([here(), there()]));
    } catch (error) {
      await here();
      throw error;
    }
  }

  /** Hears of it at the own service, whichever that is. */
  async #here(event: string, listener: EventListener): Promise<End> {
    const endpoints = this.#endpoints;
    const { listeners } = endpoints;
    let at: ProxyTarget | undefined;
    let begun: Promise<End> | undefined;
    const look = async (): Promise<void> => {
      const { own } = endpoints;
      // While it is concealed it emits nothing; the subscription continues when it is exposed again.
      if (own === at || (own === undefined && !endpoints.closed)) return;
      const before = begun;
      at = own;
      begun = own?.on(event, listener);
      begun?.catch(() => {});
      await endOf(before);
      await begun;
    };
    const follower = {
      readyChanged(): void {},
      endpointReady(): void {},
      endpointGone(): void {},
      ownChanged: (): void => void look().catch(this.#failed),
    };
    const end = async (): Promise<void> => {
      listeners.delete(follower);
      await endOf(begun);
    };
    listeners.add(follower);
    try {
      await look();
    } catch (error) {
      await end();
      throw error;
    }
    return end;
  }
}

async function endOf(begun: Promise<End> | undefined): Promise<void> {
  const end = await begun?.catch(() => {});
  await end?.();
}

/** Whether subscriptions to a service are restored without help when another binding is found: the service was only withdrawn for a while. */
function comesBack(before: ServiceBinding, found: ServiceBinding): boolean {
  return before.owner === found.owner && before.query === found.query;
}
