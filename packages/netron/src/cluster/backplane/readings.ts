/** Waits until other nodes have read everything sent to them so far: each is asked to repeat a text that is sent last. */
import { atMost } from '../../discovery/beats.js';
import type { Clock } from '../../util/clock.js';
import { randomId } from '../../util/random-id.js';

/** Asks a node to repeat a text. Returns whether the question was sent. */
export type AskForSign = (id: string, text: string) => boolean;

interface Reading {
  readonly id: string;
  read(): void;
}

export class Readings {
  readonly #clock: Clock;
  readonly #randomBytes: (length: number) => Uint8Array;
  /** Pending nodes, by the texts that they have to repeat. */
  readonly #waiting = new Map<string, Reading>();

  constructor(clock: Clock, randomBytes: (length: number) => Uint8Array) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
  }

  /** Resolves when all nodes have answered or left, or after `ms` milliseconds. */
  async wait(ids: Iterable<string>, ask: AskForSign, ms: number): Promise<void> {
    const asked: string[] = [];
    const read = [...ids].map(
      (id) =>
        new Promise<void>((resolve) => {
          const text = randomId(this.#randomBytes);
          asked.push(text);
          this.#waiting.set(text, { id, read: resolve });
          if (!ask(id, text)) resolve();
        }),
    );
    await atMost(this.#clock, ms, Promise.all(read));
    for (const text of asked) this.#waiting.delete(text);
  }

  /** Accepts a text that a node has repeated. */
  answer(id: string, text: unknown): void {
    const reading = this.#waiting.get(text as string);
    if (reading?.id === id) reading.read();
  }

  /** Stops waiting for a node that is gone. */
  leave(id: string): void {
    for (const reading of this.#waiting.values()) if (reading.id === id) reading.read();
  }
}
