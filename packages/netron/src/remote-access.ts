/** What of this node's events peers may hear: receives their subscriptions, connects them with buses. */

import { systemClock } from '#platform';
import { NetronError } from './errors/netron-error.js';
import { EventBus } from './events/bus.js';
import type { Subscriber } from './events/subscriber.js';
import { isWildcard } from './events/topic.js';
import { TopicIndex } from './events/topic-index.js';
import type { NetronOptions } from './netron-options.js';
import type { RemotePeer } from './peer/remote-peer.js';
import type { EventListener } from './peer/subscriptions.js';
import { onServiceEvent } from './service/emitter.js';

export class RemoteAccess {
  readonly #bus: EventBus;
  readonly #options: NetronOptions;
  readonly #onError: (error: unknown, event: string) => void;
  readonly #services = new WeakMap<object, EventBus>();
  readonly #patterns: ReadonlySet<string>;
  readonly #allowed = new TopicIndex<true>();

  constructor(bus: EventBus, options: NetronOptions, onError: (error: unknown, event: string) => void) {
    this.#bus = bus;
    this.#options = options;
    this.#onError = onError;
    this.#patterns = new Set(Array.isArray(options.remoteEvents) ? (options.remoteEvents as string[]) : []);
    for (const pattern of this.#patterns) this.#allowed.add(pattern, true);
  }

  /**
   * Lets a peer hear what is emitted on the node's bus, or by `service`.
   *
   * @returns ends it
   * @throws NetronError `permission_denied` when this node does not tell peers of that, `invalid_argument` for a pattern
   *   that is none
   */
  attach(_peer: RemotePeer, service: object | undefined, subscriber: Subscriber): () => void {
    const { pattern } = subscriber;
    if (service === undefined ? !this.#mayHear(pattern) : this.#options.allowServiceEvents !== true) {
      const what = service === undefined ? 'remoteEvents' : 'allowServiceEvents';
      throw new NetronError('permission_denied', `this node does not tell peers of '${pattern.slice(0, 256)}' (option ${what})`);
    }
    const bus = service === undefined ? this.#bus : this.#busOf(service);
    try {
      return bus.attach(subscriber);
    } catch (error) {
      throw NetronError.from(error, 'invalid_argument');
    }
  }

  /** Hears what a service of this node emits. */
  listen(service: object, event: string, listener: EventListener): () => void {
    return this.#busOf(service).subscribe(event, listener);
  }

  #mayHear(pattern: string): boolean {
    const { remoteEvents = false } = this.#options;
    if (remoteEvents === true || this.#patterns.has(pattern)) return true;
    if (isWildcard(pattern)) return false;
    try {
      return this.#allowed.match(pattern).length > 0;
    } catch {
      return false;
    }
  }

  #busOf(service: object): EventBus {
    let bus = this.#services.get(service);
    if (bus === undefined) {
      const created = new EventBus({ clock: this.#options.clock ?? systemClock, onError: this.#onError });
      onServiceEvent(service, (event, data) => void created.publish(event, data));
      this.#services.set(service, created);
      bus = created;
    }
    return bus;
  }
}
