/** Subscribers by the events that they receive, in the order of their calls. */
import type { Subscriber } from './subscriber.js';
import { TopicIndex } from './topic-index.js';

/** A subscriber's place in the order. */
interface Registration {
  readonly subscriber: Subscriber;
  readonly order: number;
}

/** Maximum number of events whose subscribers are cached. */
const maxRoutes = 1024;

export class Routes {
  readonly #index = new TopicIndex<Registration>();
  /** Cached subscribers by event; cleared by every change, and when there are too many. */
  readonly #routes = new Map<string, readonly Subscriber[]>();
  readonly #registrations = new Map<Subscriber, Registration>();
  #order = 0;

  /** Number of subscriptions. */
  get size(): number {
    return this.#registrations.size;
  }

  /**
   * Adds a new subscriber; returns a function that removes it.
   *
   * @throws TypeError when its pattern is invalid
   */
  add(subscriber: Subscriber): () => void {
    const registration: Registration = { subscriber, order: this.#order };
    this.#index.add(subscriber.pattern, registration);
    this.#order += 1;
    this.#registrations.set(subscriber, registration);
    this.#routes.clear();
    return () => this.#remove(registration);
  }

  /** Whether a subscriber was added and not removed. */
  has(subscriber: Subscriber): boolean {
    return this.#registrations.has(subscriber);
  }

  /** @throws TypeError when `event` is not a valid name of an event */
  of(event: string): readonly Subscriber[] {
    const known = this.#routes.get(event);
    if (known !== undefined) return known;
    const registrations = this.#index.match(event).sort(byOrder);
    const route = registrations.map((registration) => registration.subscriber);
    if (this.#routes.size >= maxRoutes) this.#routes.clear();
    this.#routes.set(event, route);
    return route;
  }

  /** Removes all subscribers and returns them. */
  clear(): Subscriber[] {
    const registrations = [...this.#registrations.values()];
    for (const registration of registrations) this.#remove(registration);
    return registrations.map(({ subscriber }) => subscriber);
  }

  #remove(registration: Registration): void {
    const { subscriber } = registration;
    if (this.#registrations.get(subscriber) !== registration) return;
    this.#registrations.delete(subscriber);
    this.#index.delete(subscriber.pattern, registration);
    this.#routes.clear();
  }
}

function byOrder(a: Registration, b: Registration): number {
  return (b.subscriber.priority ?? 0) - (a.subscriber.priority ?? 0) || a.order - b.order;
}
