/** What this node has subscribed to at one peer, over all connections to it: each is renewed on each connection, once. */
import { NetronError } from '../errors/netron-error.js';
import type { Link } from './link.js';
import type { ServiceBinding } from './service-binding.js';
import type { EventListener } from './subscriptions.js';

/** A subscription that outlives connections. */
export interface LastingSubscription {
  /** Absent: the peer's own bus. */
  readonly binding?: ServiceBinding;
  readonly pattern: string;
  readonly listener: EventListener;
}

export class PeerSubscriptions {
  readonly #ready: () => Link | Promise<Link>;
  readonly #unheard: (error: unknown) => void;
  readonly #active = new Map<LastingSubscription, () => Promise<void>>();

  /** @param ready the link, as soon as there is one */
  constructor(ready: () => Link | Promise<Link>, unheard: (error: unknown) => void) {
    this.#ready = ready;
    this.#unheard = unheard;
  }

  get size(): number {
    return this.#active.size;
  }

  /**
   * Subscribes now, and again after each reconnect.
   *
   * @returns ends it
   * @throws NetronError `permission_denied` when the peer does not let this node subscribe
   */
  async add(subscription: LastingSubscription): Promise<() => Promise<void>> {
    const link = this.#ready();
    // Without waiting when it can be: a call made after this one must find the subscription in place.
    const end = subscribeOn(link instanceof Promise ? await link : link, subscription);
    this.#active.set(subscription, await end);
    return async () => {
      const end = this.#active.get(subscription);
      this.#active.delete(subscription);
      await end?.();
    };
  }

  /**
   * Subscribes again, on a new connection. Services that are not there are left out until they are.
   *
   * @param binding only the events of this one
   */
  async renew(link: Link, binding?: ServiceBinding): Promise<void> {
    await Promise.all(
      [...this.#active.keys()].map(async (subscription) => {
        if (binding !== undefined && subscription.binding !== binding) return;
        if (subscription.binding !== undefined && subscription.binding.handleOn(link) === undefined) return;
        try {
          const end = await subscribeOn(link, subscription);
          if (this.#active.has(subscription)) this.#active.set(subscription, end);
          else await end();
        } catch (error) {
          this.#unheard(error);
        }
      }),
    );
  }

  clear(): void {
    this.#active.clear();
  }
}

function subscribeOn(link: Link, { binding, pattern, listener }: LastingSubscription): Promise<() => Promise<void>> {
  const handle = binding === undefined ? 0 : binding.handleOn(link);
  if (handle === undefined) throw new NetronError('not_found', `service '${binding?.query}' is not there any more`);
  return link.subscriptions.subscribe(handle, pattern, listener);
}
