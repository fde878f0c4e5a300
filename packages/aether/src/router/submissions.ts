import { type Signal, signal } from '../reactive/signal.js';
import type { Submission } from './options.js';
import type { AnyRoute } from './route.js';

/** The form that was sent last. */
export class Submissions {
  readonly #latest = signal<Submission | undefined>(undefined);
  readonly latest: Signal<Submission | undefined> = this.#latest;

  /** Takes over one that has come to its end on the server. */
  restore(route: AnyRoute | undefined, end: Partial<Submission>): void {
    if (route !== undefined && this.#latest.peek() === undefined) this.#latest.set({ route, pending: false, ...end });
  }

  /**
   * Begins one, which takes the place of the one before. It is over when it is finished, or when `signal` aborts, because an
   * action need not heed that.
   *
   * @returns ends it with an answer or an error; does nothing when it is over
   */
  begin(route: AnyRoute, signal: AbortSignal): (end?: Partial<Submission>) => void {
    const sent: Submission = { route, pending: true };
    const finish = (end: Partial<Submission> = {}) => {
      if (this.#latest.peek() === sent) this.#latest.set({ route, pending: false, ...end });
    };
    signal.addEventListener('abort', () => finish(), { once: true });
    this.#latest.set(sent);
    return finish;
  }
}
