import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import type { AskLimits, Publication, Subscriber } from './subscriber.js';

/** Outcome of asking one subscriber. */
export type Outcome = PromiseSettledResult<unknown>;

/**
 * One emission's questions to its subscribers. Each is answered, fails, or fails with `deadline_exceeded` when its time
 * is over; when the signal is aborted, the whole round fails with `canceled`. Leaves no timers, listeners or unhandled
 * rejections, whatever subscribers do later.
 */
export class Round {
  readonly #publication: Publication;
  readonly #limits: AskLimits;
  readonly #clock: Clock;
  readonly #open = new Set<() => void>();
  /** Subscribers that were asked, in this order. */
  readonly asked: Subscriber[] = [];

  constructor(publication: Publication, limits: AskLimits, clock: Clock) {
    this.#publication = publication;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Asks all at once; resolves when all have answered. */
  parallel(subscribers: readonly Subscriber[]): Promise<Outcome[]> {
    return this.#cancelable(() => Promise.all(subscribers.map((subscriber) => this.#ask(subscriber))));
  }

  /**
   * Asks one after the other; `stop` ends it after the first failure.
   *
   * @param there whether a subscriber still has to be asked when its turn comes
   */
  serial(subscribers: readonly Subscriber[], stop: boolean, there: (subscriber: Subscriber) => boolean): Promise<Outcome[]> {
    return this.#cancelable(async () => {
      const outcomes: Outcome[] = [];
      for (const subscriber of subscribers) {
        if (!there(subscriber)) continue;
        const outcome = await this.#ask(subscriber);
        outcomes.push(outcome);
        if (this.#limits.signal?.aborted || (stop && outcome.status === 'rejected')) break;
      }
      return outcomes;
    });
  }

  async #cancelable(ask: () => Promise<Outcome[]>): Promise<Outcome[]> {
    const { signal } = this.#limits;
    if (signal === undefined) return ask();
    const off = onAbort(signal, () => {
      for (const end of [...this.#open]) end();
    });
    try {
      const outcomes = signal.aborted ? [] : await ask();
      if (signal.aborted) throw this.#canceled();
      return outcomes;
    } finally {
      off();
    }
  }

  #ask(subscriber: Subscriber): Promise<Outcome> {
    this.asked.push(subscriber);
    return new Promise((resolve) => {
      const { timeoutMs } = this.#limits;
      let timer: unknown;
      const end = (outcome: Outcome) => {
        if (timer !== undefined) this.#clock.clearTimeout(timer);
        this.#open.delete(cancel);
        resolve(outcome);
      };
      const fail = (reason: unknown) => end({ status: 'rejected', reason });
      const cancel = () => fail(this.#canceled());
      this.#open.add(cancel);
      if (timeoutMs !== undefined) timer = this.#clock.setTimeout(() => fail(this.#late(subscriber, timeoutMs)), timeoutMs);
      try {
        const answer = subscriber.ask(this.#publication, this.#limits);
        Promise.resolve(answer).then((value) => end({ status: 'fulfilled', value }), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #canceled(): NetronError {
    return new NetronError('canceled', `emission of '${this.#publication.event}' was canceled`, {
      cause: this.#limits.signal?.reason,
    });
  }

  #late({ pattern }: Subscriber, ms: number): NetronError {
    const { event } = this.#publication;
    return new NetronError('deadline_exceeded', `subscriber '${pattern}' of '${event}' took longer than ${ms} ms`);
  }
}
