/** Nodes that say they are there: each is known when it has answered a question that nobody could have answered before. */
import { randomId } from '../../util/random-id.js';

/** Nodes that are asked at a time; the oldest is forgotten for one more. */
const mostAsked = 1_000;

/** Milliseconds in which one that has not answered is asked a few times at most. */
const askWindow = 1_000;

/** Questions within that time: the node may not have been ready for the first. */
const mostTimes = 3;

/** A question to a node. */
interface Asked {
  readonly secret: string;
  readonly at: number;
  times: number;
}

export class Newcomers {
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #asked = new Map<string, Asked>();

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  /** Text for a run of a node to repeat; `undefined` when it was asked often a moment ago. */
  ask(instance: string, now: number): string | undefined {
    const before = this.#asked.get(instance);
    if (before !== undefined && now - before.at < askWindow) {
      before.times += 1;
      return before.times > mostTimes ? undefined : before.secret;
    }
    this.#asked.delete(instance);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size >= mostAsked && oldest !== undefined) this.#asked.delete(oldest);
    const secret = randomId(this.#randomBytes);
    this.#asked.set(instance, { secret, at: now, times: 1 });
    return secret;
  }

  /** Whether a run was asked a moment ago and has not answered. */
  awaits(instance: string, now: number): boolean {
    return now - (this.#asked.get(instance)?.at ?? Number.NEGATIVE_INFINITY) < askWindow;
  }

  /** Takes an answer; returns whether it is right. */
  answer(instance: string, text: unknown): boolean {
    if (text !== this.#asked.get(instance)?.secret) return false;
    return this.#asked.delete(instance);
  }
}
