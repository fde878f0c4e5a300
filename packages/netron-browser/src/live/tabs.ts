/**
 * One stream for all tabs. The tab that holds the lock opens the stream, combines the subscriptions of all tabs and passes
 * the events on. When that tab closes, another one takes over.
 */
import { type Clock, random } from '@omnitron-dev/netron/http/client';
import type { Channel, Locks } from '../util/locks.js';
import { earlier, type LiveEvent, type LiveEventSource, type Subscription } from './live-event.js';

/** Dependencies of the stream that tabs share. */
export interface TabsParts {
  readonly name: string;
  readonly locks: Locks;
  readonly channel: Channel;
  readonly clock: Clock;
  /** Opens the stream, in the tab that holds the lock. */
  readonly connect: (onEvent: (event: LiveEvent) => void, cursor: string | undefined) => LiveEventSource;
  readonly onEvent: (event: LiveEvent) => void;
}

/** Tabs may run different versions: one ignores kinds that it does not know, and a message that changes gets another kind. */
type Message =
  | { readonly kind: 'subscribe'; readonly tab: string; readonly subscription: Subscription }
  | { readonly kind: 'event'; readonly event: LiveEvent }
  /** Sent by the tab with the stream: it is alive and asks the others for their subscriptions. */
  | { readonly kind: 'alive'; readonly cursor: string | undefined };

/** Milliseconds between two heartbeats of the tab with the stream. A tab that answers none of three is forgotten. */
const heartbeatInterval = 15_000;

export class Tabs implements LiveEventSource {
  readonly #parts: TabsParts;
  readonly #tab = String(random());
  readonly #closing = new AbortController();
  /** Ends the wait for the lock. */
  #waiting = new AbortController();
  /** Releases the lock. */
  #release: (() => void) | undefined;
  #connection: LiveEventSource | undefined;
  #subscription: Subscription = { tags: [], cursor: undefined };
  /** Subscriptions of the other tabs and when they arrived, in the tab with the stream. */
  readonly #subscriptions = new Map<string, { readonly subscription: Subscription; readonly at: number }>();
  #timer: unknown;
  /** Position up to which all events have been received, from whichever tab has the stream. */
  #cursor: string | undefined;

  constructor(parts: TabsParts) {
    this.#parts = parts;
    parts.channel.onmessage = ({ data }) => this.#receive(data as Message);
    this.#apply(false);
    this.#watch();
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    this.#sendSubscription();
    this.#subscribeForAll();
  }

  get cursor(): string | undefined {
    return this.#connection?.cursor ?? this.#cursor;
  }

  wake(): void {
    this.#connection?.wake();
  }

  close(): void {
    this.#subscription = { tags: [], cursor: undefined };
    this.#sendSubscription();
    this.#closing.abort();
    this.#waiting.abort();
    this.#parts.clock.clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = undefined;
    this.#release?.();
    this.#parts.channel.onmessage = null;
    this.#parts.channel.close();
  }

  /** Waits for the lock, or steals it from a tab that does not respond. */
  #apply(steal: boolean): void {
    const { locks, name, connect } = this.#parts;
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    let held = false;
    const hold = async () => {
      held = true;
      if (this.#closing.signal.aborted) return;
      this.#connection = connect((event) => {
        if (hasCaughtUp(event)) {
          this.#subscription = caughtUp(this.#subscription);
          for (const [tab, { subscription, at }] of this.#subscriptions)
            this.#subscriptions.set(tab, { subscription: caughtUp(subscription), at });
        }
        this.#parts.channel.postMessage({ kind: 'event', event } satisfies Message);
        this.#parts.onEvent(event);
      }, this.#cursor);
      this.#watch();
      await new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    };
    locks.request(name, steal ? { steal } : { signal }, hold).catch(() => {
      if (signal.aborted) return undefined;
      // A page with an opaque origin may not use locks; it opens a stream of its own.
      if (!held) return hold();
      // The lock was stolen because this tab did not run for a while.
      this.#cursor = this.#connection?.cursor ?? this.#cursor;
      this.#connection?.close();
      this.#connection = undefined;
      this.#release = undefined;
      if (!this.#closing.signal.aborted) this.#apply(false);
      return undefined;
    });
  }

  #receive(message: Message): void {
    if (message.kind === 'event') {
      if (this.#connection !== undefined) return;
      this.#cursor = `${message.event.log}.${message.event.position}`;
      if (hasCaughtUp(message.event)) this.#subscription = caughtUp(this.#subscription);
      this.#parts.onEvent(message.event);
    } else if (message.kind === 'alive') {
      if (this.#connection === undefined) {
        this.#cursor = message.cursor ?? this.#cursor;
        this.#watch();
        this.#sendSubscription();
      }
    } else if (message.kind === 'subscribe' && this.#connection !== undefined) {
      if (message.subscription.tags.length === 0) this.#subscriptions.delete(message.tab);
      else this.#subscriptions.set(message.tab, { subscription: message.subscription, at: this.#parts.clock.now() });
      this.#subscribeForAll();
    }
  }

  #sendSubscription(): void {
    if (this.#connection !== undefined) return;
    this.#parts.channel.postMessage({ kind: 'subscribe', tab: this.#tab, subscription: this.#subscription } satisfies Message);
  }

  /** Passes the combined subscriptions of all tabs to the stream. */
  #subscribeForAll(): void {
    if (this.#connection === undefined) return;
    const tags = new Set(this.#subscription.tags);
    let { cursor } = this.#subscription;
    for (const { subscription } of this.#subscriptions.values()) {
      for (const tag of subscription.tags) tags.add(tag);
      cursor = earlier(cursor, subscription.cursor);
    }
    this.#connection.subscribe({ tags: [...tags], cursor });
  }

  /** Sends heartbeats in the tab with the stream; in the others, waits for them. */
  #watch(): void {
    const { clock, channel } = this.#parts;
    clock.clearTimeout(this.#timer);
    if (this.#closing.signal.aborted) return;
    if (this.#connection === undefined) {
      this.#timer = clock.setTimeout(() => this.#apply(true), 3 * heartbeatInterval, true);
      return;
    }
    const now = clock.now();
    for (const [tab, { at }] of this.#subscriptions) if (now - at > 3 * heartbeatInterval) this.#subscriptions.delete(tab);
    channel.postMessage({ kind: 'alive', cursor: this.#connection.cursor } satisfies Message);
    this.#subscribeForAll();
    this.#timer = clock.setTimeout(() => this.#watch(), heartbeatInterval, true);
  }
}

/** Whether a stream has begun: all tabs have received, or receive now, the events since the positions they asked for. */
const hasCaughtUp = ({ kind }: LiveEvent): boolean => kind !== 'outdated';

const caughtUp = ({ tags }: Subscription): Subscription => ({ tags, cursor: undefined });
