/**
 * One stream for all tabs. The tab that holds the lock opens the stream, combines the subscriptions of all tabs and passes
 * the events on. When that tab closes, another one takes over.
 */
import { type Clock, random } from '@omnitron-dev/netron/http/client';
import type { Channel, Locks } from '../util/locks.js';
import { earlier, type News, type NewsSource, type Wish } from './news.js';

/** Dependencies of the stream that tabs share. */
export interface TabsParts {
  readonly name: string;
  readonly locks: Locks;
  readonly channel: Channel;
  readonly clock: Clock;
  /** Opens the stream, in the tab that holds the lock. */
  readonly line: (tell: (news: News) => void, cursor: string | undefined) => NewsSource;
  readonly tell: (news: News) => void;
}

type Message =
  | { readonly kind: 'want'; readonly tab: string; readonly wish: Wish }
  | { readonly kind: 'news'; readonly news: News }
  /** Sent by the tab with the stream: it is alive and asks the others for their subscriptions. */
  | { readonly kind: 'alive'; readonly cursor: string | undefined };

/** Milliseconds between two heartbeats of the tab with the stream. A tab that answers none of three is forgotten. */
const beat = 15_000;

export class Tabs implements NewsSource {
  readonly #parts: TabsParts;
  readonly #tab = String(random());
  readonly #closing = new AbortController();
  /** Ends the wait for the lock. */
  #waiting = new AbortController();
  /** Releases the lock. */
  #release: (() => void) | undefined;
  #line: NewsSource | undefined;
  #wish: Wish = { tags: [], cursor: undefined };
  /** Subscriptions of the other tabs and when they arrived, in the tab with the stream. */
  readonly #wishes = new Map<string, { readonly wish: Wish; readonly at: number }>();
  #timer: unknown;
  /** Position up to which all events have been received, from whichever tab has the stream. */
  #cursor: string | undefined;

  constructor(parts: TabsParts) {
    this.#parts = parts;
    parts.channel.onmessage = ({ data }) => this.#hear(data as Message);
    this.#apply(false);
    this.#watch();
  }

  want(wish: Wish): void {
    this.#wish = wish;
    this.#say();
    this.#gather();
  }

  get cursor(): string | undefined {
    return this.#line?.cursor ?? this.#cursor;
  }

  wake(): void {
    this.#line?.wake();
  }

  close(): void {
    this.#wish = { tags: [], cursor: undefined };
    this.#say();
    this.#closing.abort();
    this.#waiting.abort();
    this.#parts.clock.clearTimeout(this.#timer);
    this.#line?.close();
    this.#line = undefined;
    this.#release?.();
    this.#parts.channel.onmessage = null;
    this.#parts.channel.close();
  }

  /** Waits for the lock, or steals it from a tab that does not respond. */
  #apply(steal: boolean): void {
    const { locks, name, line } = this.#parts;
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    let held = false;
    const hold = async () => {
      held = true;
      if (this.#closing.signal.aborted) return;
      this.#line = line((news) => {
        if (hasCaughtUp(news)) {
          this.#wish = caughtUp(this.#wish);
          for (const [tab, { wish, at }] of this.#wishes) this.#wishes.set(tab, { wish: caughtUp(wish), at });
        }
        this.#parts.channel.postMessage({ kind: 'news', news } satisfies Message);
        this.#parts.tell(news);
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
      this.#cursor = this.#line?.cursor ?? this.#cursor;
      this.#line?.close();
      this.#line = undefined;
      this.#release = undefined;
      if (!this.#closing.signal.aborted) this.#apply(false);
      return undefined;
    });
  }

  #hear(message: Message): void {
    if (message.kind === 'news') {
      if (this.#line !== undefined) return;
      this.#cursor = `${message.news.log}.${message.news.position}`;
      if (hasCaughtUp(message.news)) this.#wish = caughtUp(this.#wish);
      this.#parts.tell(message.news);
    } else if (message.kind === 'alive') {
      if (this.#line === undefined) {
        this.#cursor = message.cursor ?? this.#cursor;
        this.#watch();
        this.#say();
      }
    } else if (this.#line !== undefined) {
      if (message.wish.tags.length === 0) this.#wishes.delete(message.tab);
      else this.#wishes.set(message.tab, { wish: message.wish, at: this.#parts.clock.now() });
      this.#gather();
    }
  }

  #say(): void {
    if (this.#line !== undefined) return;
    this.#parts.channel.postMessage({ kind: 'want', tab: this.#tab, wish: this.#wish } satisfies Message);
  }

  /** Passes the combined subscriptions of all tabs to the stream. */
  #gather(): void {
    if (this.#line === undefined) return;
    const tags = new Set(this.#wish.tags);
    let { cursor } = this.#wish;
    for (const { wish } of this.#wishes.values()) {
      for (const tag of wish.tags) tags.add(tag);
      cursor = earlier(cursor, wish.cursor);
    }
    this.#line.want({ tags: [...tags], cursor });
  }

  /** Sends heartbeats in the tab with the stream; in the others, waits for them. */
  #watch(): void {
    const { clock, channel } = this.#parts;
    clock.clearTimeout(this.#timer);
    if (this.#closing.signal.aborted) return;
    if (this.#line === undefined) {
      this.#timer = clock.setTimeout(() => this.#apply(true), 3 * beat, true);
      return;
    }
    const now = clock.now();
    for (const [tab, { at }] of this.#wishes) if (now - at > 3 * beat) this.#wishes.delete(tab);
    channel.postMessage({ kind: 'alive', cursor: this.#line.cursor } satisfies Message);
    this.#gather();
    this.#timer = clock.setTimeout(() => this.#watch(), beat, true);
  }
}

/** Whether a stream has begun: all tabs have received, or receive now, the events since the positions they asked for. */
const hasCaughtUp = ({ kind }: News): boolean => kind !== 'outdated';

const caughtUp = ({ tags }: Wish): Wish => ({ tags, cursor: undefined });
