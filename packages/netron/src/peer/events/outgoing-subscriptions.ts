/** Subscriptions of this node at the other end of a link: requests events and passes them to listeners. */
import { NetronError } from '../../errors/netron-error.js';
import { outcomeOf } from '../../errors/outcome.js';
import { runOutside } from '../../service/call/running-call.js';
import { LazyMap } from '../../util/lazy-map.js';
import { failureOf, type Received } from '../../wire/received.js';
import type { CallSender } from '../calls/call-sender.js';
import { systemCallee, systemMembers } from '../system/members.js';
import { events, observeEvent } from '../tracing.js';

/** Receives the data of an event, then its name. */
export type EventListener<Data = unknown> = (data: Data, event: string) => unknown;

interface Subscribed {
  readonly pattern: string;
  readonly listener: EventListener;
}

/** The members of the link that subscriptions use. */
export interface SubscribingLink {
  /** The node that emits. */
  readonly owner: { readonly id: string };
  readonly calls: CallSender;
  /** Whether the connection is in use. */
  readonly open: boolean;
  reportError(error: unknown): void;
}

export class Subscriptions {
  readonly #link: SubscribingLink;
  readonly #mine = new LazyMap<number, Subscribed>();
  #next = 1;

  constructor(link: SubscribingLink) {
    this.#link = link;
  }

  /**
   * Subscribes to events of the other end.
   *
   * @param handle 0 for the node's bus, otherwise that of a service
   * @returns a function that ends the subscription
   */
  async subscribe(handle: number, pattern: string, listener: EventListener): Promise<() => Promise<void>> {
    const id = this.#next;
    this.#next += 1;
    this.#mine.set(id, { pattern, listener });
    try {
      await this.#system(systemMembers.subscribe, [id, handle, pattern]);
    } catch (error) {
      this.#mine.delete(id);
      // The request was canceled but may have been granted: end the subscription, independent of the call that asked for it.
      if (outcomeOf(error) === 'unknown') runOutside(() => this.#end(id)).catch((failed) => this.#link.reportError(failed));
      throw error;
    }
    return async () => {
      if (this.#mine.delete(id)) await this.#end(id);
    };
  }

  /** Ends a subscription at the other end. */
  async #end(id: number): Promise<void> {
    // It ends together with the connection.
    if (!this.#link.open) return;
    await this.#system(systemMembers.unsubscribe, [id]).catch((error: unknown) => {
      if (this.#link.open && !NetronError.is(error, 'unavailable')) throw error;
    });
  }

  /** Handles an event. */
  event(id: number, name: string | undefined, data: unknown, received?: Received): void {
    // An event that arrived incompletely is not delivered.
    const failure = failureOf(received);
    if (failure !== undefined) return this.#link.reportError(failure);
    const subscribed = this.#mine.get(id);
    if (subscribed === undefined) return;
    const event = name ?? subscribed.pattern;
    if (!events.active) return this.#handOver(subscribed, event, data);
    observeEvent(this.#link.owner.id, 'in', event, data, () => this.#handOver(subscribed, event, data));
  }

  #handOver(subscribed: Subscribed, event: string, data: unknown): void {
    try {
      const done = subscribed.listener(data, event);
      // The promise of a remote call is not an instance of `Promise`.
      if (typeof done === 'object' && done !== null && 'then' in done) {
        Promise.resolve(done).catch((error: unknown) => this.#link.reportError(error));
      }
    } catch (error) {
      this.#link.reportError(error);
    }
  }

  /** Handles an event for whose listeners' result the other end waits. */
  answer(id: number, name: string, data: unknown): unknown {
    const subscribed = this.#mine.get(id);
    if (subscribed === undefined) throw new NetronError('not_found', 'no such subscription');
    return subscribed.listener(data, name);
  }

  close(): void {
    this.#mine.clear();
  }

  #system(member: number, args: unknown[]): Promise<unknown> {
    return this.#link.calls.call(systemCallee(member, 'subscribe'), args);
  }
}
