/** Pending questions of this node to handlers of other nodes: settles each with its answer, a failure or a timeout. */
import { NetronError } from '../../errors/netron-error.js';
import { withOutcome } from '../../errors/outcome.js';
import type { AskLimits } from '../../events/subscriber.js';
import type { Clock } from '../../util/clock.js';
import { onAbort } from '../../util/on-abort.js';
import { isError } from '../../util/thrown.js';

/** Maximum number of pending questions; more fail. */
const maxWaiting = 65_536;

/** Maximum number of times that a question is sent again, after growing delays. */
const maxRepeats = 3;
const repeatDelay = 500;

/** One question. */
interface Question {
  readonly node: string;
  /** Sends it again, after it did not run. */
  repeat(): void;
  settle(answer: { readonly value: unknown } | { readonly error: unknown }): void;
}

export class Questions {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Question>();
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Asks a handler of another node.
   *
   * @param send sends the question with the given number
   * @throws NetronError `resource_exhausted` when too many are pending, `unavailable` when it is not sent, or the node leaves
   */
  ask(node: string, { timeoutMs, signal }: AskLimits, send: (number: number) => Promise<void>): Promise<unknown> {
    if (this.#waiting.size >= maxWaiting)
      throw withOutcome(
        new NetronError('resource_exhausted', `${maxWaiting} questions are already waiting for answers`),
        'not_run',
      );
    const number = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      const offs: (() => void)[] = [];
      const settle: Question['settle'] = (answer) => {
        if (!this.#waiting.delete(number)) return;
        for (const off of offs) off();
        if ('error' in answer) reject(answer.error);
        else resolve(answer.value);
      };
      let repeats = 0;
      let pending: unknown;
      const repeat = (): void => {
        repeats += 1;
        if (repeats > maxRepeats) {
          const message = `node '${node}' does not know this node: it did not answer the identity challenge`;
          return settle({ error: withOutcome(new NetronError('unavailable', message), 'not_run') });
        }
        this.#clock.clearTimeout(pending);
        pending = this.#clock.setTimeout(go, (repeats - 1) * repeatDelay, true);
      };
      offs.push(() => this.#clock.clearTimeout(pending));
      this.#waiting.set(number, { node, settle, repeat });
      // The emitter has its own timeout and reports it; this one only removes the question.
      const over = (): void => settle({ error: new NetronError('deadline_exceeded', `no answer from node '${node}'`) });
      if (timeoutMs !== undefined) {
        const timer = this.#clock.setTimeout(over, timeoutMs, true);
        offs.push(() => this.#clock.clearTimeout(timer));
      }
      if (signal !== undefined) offs.push(onAbort(signal, over));
      const go = (): void => void send(number).catch((error: unknown) => settle({ error }));
      go();
    });
  }

  /** Repeats a question that a node has dropped because it does not know the asking node yet. Returns whether that node was asked. */
  again(node: string, number: unknown): boolean {
    const question = this.#waiting.get(number as number);
    if (question === undefined) return Number.isSafeInteger(number) && (number as number) < this.#next;
    if (question.node !== node) return false;
    question.repeat();
    return true;
  }

  /** Accepts an answer. Returns whether that node was asked. */
  answer(node: string, [number, ok, value]: readonly unknown[]): boolean {
    const question = this.#waiting.get(number as number);
    // A late answer is not a forged one.
    if (question === undefined) return Number.isSafeInteger(number) && (number as number) < this.#next;
    if (question.node !== node) return false;
    question.settle(ok === true ? { value } : { error: isError(value) ? value : NetronError.from(value) });
    return true;
  }

  /** Fails the questions to a node that is gone. */
  leave(node: string, reason: string): void {
    for (const question of [...this.#waiting.values()]) {
      if (question.node === node) question.settle({ error: new NetronError('unavailable', `node '${node}' ${reason}`) });
    }
  }
}
