/** Subscriptions of this node at one peer, over all successive connections: each is renewed once per connection. */
import { NetronError } from '../errors/netron-error.js';
import type { CallOptions } from '../service/call/options.js';
import { LazyMap } from '../util/lazy-map.js';
import { askUntilAnswered } from './asking.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import type { NodeBasis } from './node-role.js';
import type { Reference } from './references/reference.js';

/** A service with subscribed events, over all successive connections. */
export interface HeardService {
  readonly query: string;
  /** Returns its reference on a link; `undefined` when it was not found there. */
  referenceOn(link: object): Pick<Reference, 'on'> | undefined;
}

/** The members of a link that subscriptions use. */
export interface HeardLink {
  /** Whether it is in use. */
  readonly open: boolean;
  readonly subscriptions: {
    subscribe(handle: number, pattern: string, listener: EventListener): Promise<() => Promise<void>>;
  };
}

/** A subscription that survives connections. */
export interface LastingSubscription {
  /** Absent: the peer's own bus. */
  readonly binding?: HeardService;
  readonly pattern: string;
  readonly listener: EventListener;
}

/** The members of the peer that subscriptions use. */
export interface SubscribingPeer {
  readonly node: Pick<NodeBasis, 'clock' | 'requestTimeout'>;
  /** Whether the link in use accepts calls. */
  readonly accepting: boolean;
  readonly link: HeardLink | undefined;
  ready(options: CallOptions | undefined): Promise<HeardLink>;
  reportError(error: unknown): void;
}

export class PeerSubscriptions {
  readonly #peer: SubscribingPeer;
  readonly #active = new LazyMap<LastingSubscription, () => Promise<void>>();

  constructor(peer: SubscribingPeer) {
    this.#peer = peer;
  }

  get size(): number {
    return this.#active.size;
  }

  /**
   * Subscribes now, after each reconnect, and when its service returns after being concealed. In between, the subscription remains but
   * receives nothing.
   *
   * @returns a function that ends the subscription
   * @throws NetronError `permission_denied` when the peer does not let this node subscribe
   */
  async add(subscription: LastingSubscription): Promise<() => Promise<void>> {
    await askUntilAnswered(this.#peer, async (link) => {
      this.#active.set(subscription, await subscribeOn(link, subscription));
    });
    return async () => {
      const end = this.#active.get(subscription);
      this.#active.delete(subscription);
      await end?.();
    };
  }

  /**
   * Subscribes again: on a new connection, or to a service that has returned. Subscriptions to missing services wait for them.
   *
   * @param binding only the events of this service
   */
  async renew(link: HeardLink, binding?: HeardService): Promise<void> {
    await Promise.all(
      [...this.#active.keys()].map(async (subscription) => {
        if (binding !== undefined && subscription.binding !== binding) return;
        if (subscription.binding !== undefined && subscription.binding.referenceOn(link) === undefined) return;
        try {
          // The previous subscription may be on a draining connection, whose other end need not answer any more.
          this.#active
            .get(subscription)?.()
            .catch((error: unknown) => this.#peer.reportError(error));
          const end = await subscribeOn(link, subscription);
          if (this.#active.has(subscription)) this.#active.set(subscription, end);
          else await end();
        } catch (error) {
          this.#peer.reportError(error);
        }
      }),
    );
  }

  clear(): void {
    this.#active.clear();
  }
}

function subscribeOn(link: HeardLink, { binding, pattern, listener }: LastingSubscription): Promise<() => Promise<void>> {
  if (binding === undefined) return link.subscriptions.subscribe(0, pattern, listener);
  const reference = binding.referenceOn(link);
  if (reference === undefined) throw new NetronError('not_found', `service '${binding.query}' no longer exists`);
  return reference.on(pattern, listener);
}
