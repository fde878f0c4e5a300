/** Nodes that announce themselves: a node is accepted only when it has answered a question with a fresh secret, which excludes replays. */
import { randomId } from '../../util/random-id.js';

/** Maximum number of pending questions; beyond it, the oldest is discarded. */
const maxQuestions = 1_000;

/** Milliseconds in which a node that has not answered is asked only a few times. */
const askWindow = 1_000;

/** Questions within that time: the node may not have been ready for the first. */
const maxQuestionsPerNode = 3;

/** Milliseconds for which a question may be answered: brokers and nodes can be slow. */
const answerTime = 30_000;

/** A question to a node. */
interface Asked {
  readonly secret: string;
  readonly since: number;
  /** Start of the present window. */
  at: number;
  times: number;
}

export class Newcomers {
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #asked = new Map<string, Asked>();

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  /** Returns a secret for a run of a node to repeat; `undefined` when it was asked often a moment ago. */
  ask(instance: string, now: number): string | undefined {
    const before = this.#asked.get(instance);
    if (before !== undefined && now - before.since < answerTime) {
      // The same secret again: an answer to the earlier question may be on its way.
      if (now - before.at >= askWindow) Object.assign(before, { at: now, times: 0 });
      before.times += 1;
      return before.times > maxQuestionsPerNode ? undefined : before.secret;
    }
    this.#asked.delete(instance);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size >= maxQuestions && oldest !== undefined) this.#asked.delete(oldest);
    const secret = randomId(this.#randomBytes);
    this.#asked.set(instance, { secret, since: now, at: now, times: 1 });
    return secret;
  }

  /** Whether a run was asked and may still answer. */
  awaits(instance: string, now: number): boolean {
    return now - (this.#asked.get(instance)?.since ?? Number.NEGATIVE_INFINITY) < answerTime;
  }

  /** Accepts an answer; returns whether it is correct. */
  answer(instance: string, text: unknown): boolean {
    if (text !== this.#asked.get(instance)?.secret) return false;
    return this.#asked.delete(instance);
  }
}
