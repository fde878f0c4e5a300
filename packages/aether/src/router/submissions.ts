import { type Signal, signal } from '../reactive/signal.js';
import type { Submission } from './options.js';
import type { AnyRoute } from './route.js';

/** The latest submitted form. */
export class Submissions {
  readonly #latest = signal<Submission | undefined>(undefined);
  readonly latest: Signal<Submission | undefined> = this.#latest;

  /** Restores a submission that was completed on the server. */
  restore(route: AnyRoute | undefined, end: Partial<Submission>): void {
    if (route !== undefined && this.#latest.peek() === undefined) this.#latest.set({ route, pending: false, ...end });
  }

  /**
   * Begins a submission, which replaces the previous one. It is over when it is finished, or when `signal` aborts, since an
   * action need not respect the signal.
   *
   * @returns a function that ends it with an answer or an error; does nothing if it is over
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
