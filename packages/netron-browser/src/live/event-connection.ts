/** The single stream of events from a server. It is reopened for other tags and after failures, and resumes from the last position. */
import { type Clock, NetronError, random } from '@omnitron-dev/netron/http/client';
import { positionOf } from '../util/positions.js';
import { earlier, type LiveEvent, type LiveEventSource, liveEventOf, type Subscription } from './live-event.js';
import { readEvents } from './read-events.js';

/** Opens a stream of events; rejects with the error that the server returns. */
export type OpenEvents = (
  tags: readonly string[],
  cursor: string | undefined,
  signal: AbortSignal,
) => Promise<ReadableStreamDefaultReader<Uint8Array>>;

/** Dependencies of a connection. */
export interface EventConnectionParts {
  readonly open: OpenEvents;
  readonly clock: Clock;
  readonly onEvent: (event: LiveEvent) => void;
}

/** Most tags of one stream. */
export const maxTags = 1_000;
/** Milliseconds in which several subscriptions are combined. */
const combineTime = 20;
/** Milliseconds without a byte after which a stream counts as lost: three missed heartbeats. */
const maxSilence = 45_000;
const firstDelay = 1_000;
const longestDelay = 60_000;

export class EventConnection implements LiveEventSource {
  readonly #parts: EventConnectionParts;
  #subscription: Subscription = { tags: [], cursor: undefined };
  /** Tags of the open stream, in order. */
  #listening: readonly string[] = [];
  #cursor: string | undefined;
  /** Position at which the next stream starts, or the open one until it is ready; `undefined` means the last position. */
  #from: string | undefined;
  #stream: AbortController | undefined;
  /** Whether the open stream has reported its beginning. */
  #begun = false;
  #timer: unknown;
  #failures = 0;
  #closed = false;

  /** @param cursor position up to which everything is known already */
  constructor(parts: EventConnectionParts, cursor?: string) {
    this.#parts = parts;
    this.#cursor = cursor;
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#closed) return;
    if (subscription.tags.length === 0) return this.#end();
    // A tab with an earlier position, for instance one that was opened later, has missed the events after it.
    const begun = this.#from ?? this.#cursor;
    const missed = earlier(begun, subscription.cursor) !== begun;
    if (missed) this.#from = subscription.cursor;
    const known = new Set(this.#listening);
    const listens = this.#stream !== undefined && subscription.tags.slice(0, maxTags).every((tag) => known.has(tag));
    if (listens && !missed) return this.#reportAgain(subscription);
    // One stream serves what several parts of a page ask for at once. After a failure, the back-off timer is already running.
    if (this.#timer === undefined) this.#schedule(combineTime);
  }

  /**
   * Reports once more that the stream has begun, to a tab whose data comes from another log, for instance from before a
   * restart of the server: the changes since then are unknown.
   */
  #reportAgain({ cursor }: Subscription): void {
    if (!this.#begun || cursor === undefined || this.#cursor === undefined) return;
    const { log, position } = positionOf(this.#cursor);
    if (positionOf(cursor).log === log) return;
    this.#parts.onEvent({ kind: 'ready', log, position, tags: new Map(), within: 0, listening: this.#listening });
  }

  /** Reconnects at once: the network is back. */
  wake(): void {
    if (this.#closed || this.#stream !== undefined || this.#subscription.tags.length === 0) return;
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
    this.#stream?.abort(new NetronError('canceled', 'no subscriptions are left'));
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

  /** Runs one stream from opening to end. */
  async #run(): Promise<void> {
    const { clock, open, onEvent } = this.#parts;
    const controller = new AbortController();
    this.#stream?.abort(new NetronError('canceled', 'replaced by another stream'));
    this.#stream = controller;
    this.#begun = false;
    const tags = this.#subscription.tags.slice(0, maxTags);
    this.#listening = tags;
    let timer: unknown;
    const received = () => {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => controller.abort(new NetronError('unavailable', 'nothing received')), maxSilence, true);
    };
    let failure: unknown;
    let resets = false;
    try {
      received();
      const reader = await open(tags, earlier(this.#cursor, this.#from), controller.signal);
      await readEvents(reader, received, (serverEvent) => {
        if (this.#stream !== controller) return;
        if (serverEvent.id !== '') this.#cursor = serverEvent.id;
        const event = liveEventOf(serverEvent, tags);
        if (event === undefined) return;
        if (event.kind !== 'outdated') this.#begun = true;
        // Tags requested since the stream was opened need the next stream, which is scheduled already.
        if (event.kind !== 'outdated' && this.#timer === undefined) this.#from = undefined;
        // A server that keeps reporting lost positions is backed off from like one that fails.
        if (event.kind === 'reset') resets = true;
        else this.#failures = 0;
        onEvent(event);
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
    // The seals were made with a retired key: entries that have them are fetched again.
    if ((failure as { code?: unknown } | undefined)?.code === 'permission_denied' && this.#failures === 0) {
      onEvent({ kind: 'reset', log: '', position: 0, tags: new Map(), within: 0, listening: tags });
    }
    if (failure !== undefined || resets) this.#failures += 1;
    this.#schedule(this.#delay(failure));
  }

  /** Milliseconds until the next stream. They grow with each failure and are randomized. */
  #delay(failure: unknown): number {
    const retryAfter = (failure as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
    const base = Math.min(longestDelay, firstDelay * 2 ** Math.max(0, this.#failures - 1));
    const own = this.#failures === 0 ? firstDelay * random() : base * (0.5 + random() / 2);
    return typeof retryAfter === 'number' ? retryAfter + own : own;
  }
}

/** Whether another attempt is useless: the server has no events, or none for this user. */
function isFinal(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'not_found' || code === 'unauthenticated' || code === 'unimplemented';
}
