/** Access of peers to this node's events: receives their subscriptions and attaches them to event buses. */

import { systemClock } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import { EventBus } from '../events/bus.js';
import type { EventHub } from '../events/hub.js';
import type { Subscriber } from '../events/subscriber.js';
import { covers, isWildcard } from '../events/topic.js';
import { TopicIndex } from '../events/topic-index.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import { onServiceEvent } from '../service/emitter.js';
import type { NetronOptions } from './options.js';

export class EventAccess {
  readonly #bus: EventHub;
  readonly #options: NetronOptions;
  readonly #onError: (error: unknown, event: string) => void;
  /** Services with at least one subscriber. */
  readonly #services = new Map<object, Heard>();
  readonly #patterns: ReadonlySet<string>;
  readonly #allowed = new TopicIndex<true>();

  constructor(bus: EventHub, options: NetronOptions, onError: (error: unknown, event: string) => void) {
    this.#bus = bus;
    this.#options = options;
    this.#onError = onError;
    this.#patterns = new Set(Array.isArray(options.remoteEvents) ? (options.remoteEvents as string[]) : []);
    for (const pattern of this.#patterns) this.#allowed.add(pattern, true);
  }

  /**
   * Subscribes a peer to events of the node's bus, or of `service`.
   *
   * @returns ends the subscription
   * @throws NetronError `permission_denied` when the options do not let peers subscribe to these events, `invalid_argument` for an
   *   invalid pattern
   */
  attach(service: object | undefined, subscriber: Subscriber): () => void {
    const { pattern } = subscriber;
    if (service === undefined ? !this.#mayHear(pattern) : this.#options.allowServiceEvents !== true) {
      const what = service === undefined ? 'remoteEvents' : 'allowServiceEvents';
      throw new NetronError('permission_denied', `this node does not send '${pattern.slice(0, 256)}' to peers (option ${what})`);
    }
    try {
      return service === undefined ? this.#bus.attach(subscriber) : this.#join(service, (bus) => bus.attach(subscriber));
    } catch (error) {
      throw NetronError.from(error, 'invalid_argument');
    }
  }

  /** Subscribes to events of a service of this node. */
  listen(service: object, event: string, listener: EventListener): () => void {
    return this.#join(service, (bus) => bus.subscribe(event, listener));
  }

  /** Ends all subscriptions to services. */
  close(): void {
    for (const { bus, off } of this.#services.values()) {
      off();
      bus.close();
    }
    this.#services.clear();
  }

  #mayHear(pattern: string): boolean {
    const { remoteEvents = false } = this.#options;
    if (remoteEvents === true || this.#patterns.has(pattern)) return true;
    try {
      if (isWildcard(pattern)) return [...this.#patterns].some((allowed) => covers(allowed, pattern));
      return this.#allowed.match(pattern).length > 0;
    } catch {
      return false;
    }
  }

  /** Subscribes to a service. When the last subscription ends, the node removes its own listener from the service. */
  #join(service: object, join: (bus: EventHub) => () => void): () => void {
    const heard = this.#services.get(service) ?? this.#hear(service);
    const leave = (): void => {
      if (heard.bus.subscriberCount() > 0 || this.#services.get(service) !== heard) return;
      heard.off();
      this.#services.delete(service);
    };
    try {
      const end = join(heard.bus);
      return () => {
        end();
        leave();
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #hear(service: object): Heard {
    const bus = new EventBus({ clock: this.#options.clock ?? systemClock, onError: this.#onError });
    const heard = { bus, off: onServiceEvent(service, (event, data) => void bus.publish(event, data)) };
    this.#services.set(service, heard);
    return heard;
  }
}

/** A service that has subscribers. */
interface Heard {
  readonly bus: EventBus;
  readonly off: () => void;
}
