/**
 * One stream for all tabs: the tab that holds the lock has it, gathers what the others want, and tells all of them. When it
 * goes, another one takes its place.
 */
import { type Clock, random } from '@omnitron-dev/netron/http/client';
import type { Channel, Locks } from '../util/locks.js';
import { earlier, type News, type NewsSource, type Wish } from './news.js';

/** Parts of what tabs share. */
export interface TabsParts {
  readonly name: string;
  readonly locks: Locks;
  readonly channel: Channel;
  readonly clock: Clock;
  /** Makes the stream, in the tab that has it. */
  readonly line: (tell: (news: News) => void, cursor: string | undefined) => NewsSource;
  readonly tell: (news: News) => void;
}

type Message =
  | { readonly kind: 'want'; readonly tab: string; readonly wish: Wish }
  | { readonly kind: 'news'; readonly news: News }
  /** The tab with the stream is there, and wants to know who else is. */
  | { readonly kind: 'alive'; readonly cursor: string | undefined };

/** Milliseconds between two signs of life of the tab with the stream; a tab that answers none of three is forgotten. */
const beat = 15_000;

export class Tabs implements NewsSource {
  readonly #parts: TabsParts;
  readonly #tab = String(random());
  readonly #closing = new AbortController();
  /** Ends the waiting for the lock. */
  #waiting = new AbortController();
  /** Ends the holding of the lock. */
  #release: (() => void) | undefined;
  #line: NewsSource | undefined;
  #wish: Wish = { tags: [], cursor: undefined };
  /** Wishes of the other tabs and when they were heard, in the tab with the stream. */
  readonly #wishes = new Map<string, { readonly wish: Wish; readonly at: number }>();
  #timer: unknown;
  /** Position up to which everything was heard, from whichever tab has the stream. */
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

  /** Waits to be the one that has the stream, or takes it from one that does not move. */
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
      // A page that may use no locks, since its origin is opaque, has a stream for itself.
      if (!held) return hold();
      // It was taken away: this tab did not move for long.
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

  /** Tells the stream what all tabs want together. */
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

  /** The tab with the stream gives signs of life; the others wait for them. */
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

/** Whether a stream has begun: all tabs have heard, or are told now, what there was since the positions that they wished for. */
const hasCaughtUp = ({ kind }: News): boolean => kind !== 'outdated';

const caughtUp = ({ tags }: Wish): Wish => ({ tags, cursor: undefined });
