/** Subscriptions of this node at one peer, over all connections to it: each is renewed once per connection. */
import { NetronError } from '../errors/netron-error.js';
import type { CallOptions } from '../service/call/options.js';
import { LazyMap } from '../util/lazy-map.js';
import { askUntilAnswered } from './asking.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import type { NodeBasis } from './node-role.js';

/** Service whose events are heard, over all connections. */
export interface HeardService {
  readonly query: string;
  /** Its handle on a link; `undefined` when it was not found there. */
  handleOn(link: object): number | undefined;
}

/** Members of a link that subscriptions use. */
export interface HeardLink {
  /** Whether it is in use. */
  readonly open: boolean;
  readonly subscriptions: {
    subscribe(handle: number, pattern: string, listener: EventListener): Promise<() => Promise<void>>;
  };
}

/** A subscription that outlives connections. */
export interface LastingSubscription {
  /** Absent: the peer's own bus. */
  readonly binding?: HeardService;
  readonly pattern: string;
  readonly listener: EventListener;
}

/** Members of the peer that subscriptions use. */
export interface SubscribingPeer {
  readonly node: Pick<NodeBasis, 'clock' | 'requestTimeout'>;
  /** Whether the link in use takes calls. */
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
   * Subscribes now, again after each reconnect, and again when its service was concealed and is back. In between it is
   * there and hears nothing.
   *
   * @returns ends it
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
   * Subscribes again: on a new connection, or to a service that is back. Services that are not there are left out until
   * they are.
   *
   * @param binding only the events of this one
   */
  async renew(link: HeardLink, binding?: HeardService): Promise<void> {
    await Promise.all(
      [...this.#active.keys()].map(async (subscription) => {
        if (binding !== undefined && subscription.binding !== binding) return;
        if (subscription.binding !== undefined && subscription.binding.handleOn(link) === undefined) return;
        try {
          // The one of before may be on a connection that leaves, whose other end need not answer any more.
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
  const handle = binding === undefined ? 0 : binding.handleOn(link);
  if (handle === undefined) throw new NetronError('not_found', `service '${binding?.query}' is not there any more`);
  return link.subscriptions.subscribe(handle, pattern, listener);
}
