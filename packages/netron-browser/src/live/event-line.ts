/** The one stream of events to a server: opened with tags, opened anew with others, after losses, with the last position. */
import { type Clock, NetronError, random } from '@omnitron-dev/netron/http/client';
import { earlier, type News, type NewsSource, newsOf, positionOf, type Wish } from './news.js';
import { readEvents } from './read-events.js';

/** Opens a stream of events; rejects with what the server answers. */
export type OpenEvents = (
  tags: readonly string[],
  cursor: string | undefined,
  signal: AbortSignal,
) => Promise<ReadableStreamDefaultReader<Uint8Array>>;

/** Parts of a line. */
export interface EventLineParts {
  readonly open: OpenEvents;
  readonly clock: Clock;
  readonly tell: (news: News) => void;
}

/** Tags that one stream may have. */
export const mostTags = 1_000;
/** Milliseconds in which several wishes become one. */
const gathering = 20;
/** Milliseconds without a byte after which a stream is given up: three signs of life. */
const silence = 45_000;
const firstDelay = 1_000;
const longestDelay = 60_000;

export class EventLine implements NewsSource {
  readonly #parts: EventLineParts;
  #wish: Wish = { tags: [], cursor: undefined };
  /** Tags of the stream under way, in order. */
  #listening: readonly string[] = [];
  #cursor: string | undefined;
  /** Position that the next stream begins from, or the present one until it is ready; `undefined`: from the last one. */
  #from: string | undefined;
  #stream: AbortController | undefined;
  /** The stream has told that it has begun. */
  #begun = false;
  #timer: unknown;
  #failures = 0;
  #closed = false;

  /** @param cursor up to which everything is known already */
  constructor(parts: EventLineParts, cursor?: string) {
    this.#parts = parts;
    this.#cursor = cursor;
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  want(wish: Wish): void {
    this.#wish = wish;
    if (this.#closed) return;
    if (wish.tags.length === 0) return this.#end();
    // Who comes with an earlier position, as a tab may that was opened later, has not heard what was told since.
    const begun = this.#from ?? this.#cursor;
    const missed = earlier(begun, wish.cursor) !== begun;
    if (missed) this.#from = wish.cursor;
    const known = new Set(this.#listening);
    const listens = this.#stream !== undefined && wish.tags.slice(0, mostTags).every((tag) => known.has(tag));
    if (listens && !missed) return this.#welcome(wish);
    // One stream for what several parts of a page ask for at once; after a failure its own time counts.
    if (this.#timer === undefined) this.#schedule(gathering);
  }

  /**
   * Tells once more that the stream has begun, to somebody whose data is of another log, from before a restart of the server for
   * instance: it cannot be said what has changed since.
   */
  #welcome({ cursor }: Wish): void {
    if (!this.#begun || cursor === undefined || this.#cursor === undefined) return;
    const { log, position } = positionOf(this.#cursor);
    if (positionOf(cursor).log === log) return;
    this.#parts.tell({ kind: 'ready', log, position, tags: new Map(), within: 0, listening: this.#listening });
  }

  /** Tries again at once: the network is back. */
  wake(): void {
    if (this.#closed || this.#stream !== undefined || this.#wish.tags.length === 0) return;
    this.#failures = 0;
    this.#schedule(0);
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #end(): void {
    this.#parts.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stream?.abort(new NetronError('canceled', 'nobody listens any more'));
    this.#stream = undefined;
    this.#listening = [];
    this.#from = undefined;
  }

  #schedule(ms: number): void {
    const { clock } = this.#parts;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(
      () => {
        this.#timer = undefined;
        void this.#run();
      },
      ms,
      true,
    );
  }

  /** One stream, from its opening to its end. */
  async #run(): Promise<void> {
    const { clock, open, tell } = this.#parts;
    const controller = new AbortController();
    this.#stream?.abort(new NetronError('canceled', 'another stream takes its place'));
    this.#stream = controller;
    this.#begun = false;
    const tags = this.#wish.tags.slice(0, mostTags);
    this.#listening = tags;
    let timer: unknown;
    const alive = () => {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => controller.abort(new NetronError('unavailable', 'no sign of life')), silence, true);
    };
    let failure: unknown;
    let resets = false;
    try {
      alive();
      const reader = await open(tags, earlier(this.#cursor, this.#from), controller.signal);
      await readEvents(reader, alive, (event) => {
        if (this.#stream !== controller) return;
        if (event.id !== '') this.#cursor = event.id;
        const news = newsOf(event, tags);
        if (news === undefined) return;
        if (news.kind !== 'outdated') this.#begun = true;
        // What was wished for meanwhile has a stream of its own to come.
        if (news.kind !== 'outdated' && this.#timer === undefined) this.#from = undefined;
        // A server that forgets positions again and again is not asked as fast as it answers.
        if (news.kind === 'reset') resets = true;
        else this.#failures = 0;
        tell(news);
      });
    } catch (error) {
      failure = error;
    } finally {
      clock.clearTimeout(timer);
    }
    if (this.#stream !== controller) return;
    this.#stream = undefined;
    this.#listening = [];
    if (this.#closed) return;
    if (failure !== undefined && isFinal(failure)) return;
    // Seals of a key that is no longer in use: what has them is asked for anew.
    if ((failure as { code?: unknown } | undefined)?.code === 'permission_denied' && this.#failures === 0) {
      tell({ kind: 'reset', log: '', position: 0, tags: new Map(), within: 0, listening: tags });
    }
    if (failure !== undefined || resets) this.#failures += 1;
    this.#schedule(this.#delay(failure));
  }

  /** Milliseconds until the next stream; they grow, and differ from client to client. */
  #delay(failure: unknown): number {
    const asked = (failure as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
    const base = Math.min(longestDelay, firstDelay * 2 ** Math.max(0, this.#failures - 1));
    const own = this.#failures === 0 ? firstDelay * random() : base * (0.5 + random() / 2);
    return typeof asked === 'number' ? Math.max(asked, own) : own;
  }
}

/** Answers after which nothing comes of asking again: the server has no events, or none for this user. */
function isFinal(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'not_found' || code === 'unauthenticated' || code === 'unimplemented';
}
