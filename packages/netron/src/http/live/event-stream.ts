/** The event stream of one client: writes the invalidations of its tags as events, as fast as the client reads. */
import type { ReplyStream } from '../stream-reply.js';

/** Dependencies of a stream. */
export interface EventStreamParts {
  readonly tags: ReadonlySet<string>;
  /** Name of the log that the positions refer to. */
  readonly log: string;
  /** Returns the current position. */
  position(): number;
  /** Called once, when the stream has ended. */
  readonly ended: () => void;
}

/** Longest time over which clients spread their reactions to one event, in milliseconds: one per client, up to this. */
const widestSpread = 5_000;

export class EventStream {
  readonly tags: ReadonlySet<string>;
  readonly #parts: EventStreamParts;
  /** Latest position of each tag that is not sent yet: never more than the client is subscribed to. */
  readonly #waiting = new Map<string, number>();
  /** Written before the waiting events. */
  #greeting: string;
  #position = 0;
  #spread = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #over = false;

  /**
   * @param position up to which the client knows everything once it has read the greeting
   * @param missed the events that the client has missed; `undefined` when they are unknown
   */
  constructor(parts: EventStreamParts, position: number, missed: ReadonlyMap<string, number> | undefined) {
    this.#parts = parts;
    this.tags = parts.tags;
    const tags = missed === undefined ? '' : JSON.stringify(Object.fromEntries(missed));
    this.#greeting = this.#event(
      missed === undefined ? 'reset' : 'ready',
      position,
      missed === undefined ? '{}' : `{"tags":${tags}}`,
    );
  }

  /** Reports invalidated tags. Tags that the client is not subscribed to are skipped. */
  notify(tags: readonly string[], position: number, listeners: number): void {
    for (const tag of tags) {
      if (!this.tags.has(tag)) continue;
      this.#waiting.set(tag, position);
      this.#position = position;
      this.#spread = Math.min(widestSpread, Math.max(this.#spread, listeners - 1));
    }
    if (this.#waiting.size > 0) this.#wake?.();
  }

  /** Ends the stream after the waiting events; the client reconnects. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  get reply(): ReplyStream {
    const done = { done: true, value: undefined } as const;
    return {
      // A client that has received all events keeps a recent position to resume from.
      heartbeat: () => `id: ${this.#parts.log}.${this.#parts.position()}\n\n`,
      chunks: {
        next: async () => {
          while (this.#greeting === '' && this.#waiting.size === 0 && !this.#ended) {
            await new Promise<void>((resolve) => {
              this.#wake = resolve;
            });
          }
          const text = this.#take();
          if (text === '') this.#leave();
          return text === '' ? done : { done: false, value: text };
        },
        return: async () => {
          this.#waiting.clear();
          this.#greeting = '';
          this.end();
          this.#leave();
          return done;
        },
      },
    };
  }

  #take(): string {
    const greeting = this.#greeting;
    this.#greeting = '';
    if (this.#waiting.size === 0) return greeting;
    const tags = JSON.stringify(Object.fromEntries(this.#waiting));
    const event = this.#event('outdated', this.#position, `{"tags":${tags},"within":${this.#spread}}`);
    this.#waiting.clear();
    this.#spread = 0;
    return greeting + event;
  }

  #event(name: string, position: number, data: string): string {
    return `id: ${this.#parts.log}.${position}\nevent: ${name}\ndata: ${data}\n\n`;
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.ended();
  }
}
