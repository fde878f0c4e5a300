/** Renews tokens that the server has refused; loaded with the first refusal. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { subjectOf, textOf } from './owner.js';

/** Time limits of renewals. */
export interface RenewalLimits {
  readonly clock: Clock;
  /** Milliseconds for a call. */
  readonly timeout: number;
}

interface Renewal {
  readonly from: string | undefined;
  readonly to: Promise<string | undefined>;
  readonly since: number;
}

/** The last renewal, and the token that the chain of renewals started from. */
interface Renewed {
  readonly first: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Whether `to` has a subject; otherwise its owner is that of `first`. */
  readonly hasSubject: boolean;
}

/** The renewals of one source of tokens. */
export class Renewals {
  readonly #refresh: () => Promise<string | undefined>;
  readonly #limits: RenewalLimits;
  #renewal: Renewal | undefined;
  #renewed: Renewed | undefined;

  constructor(refresh: () => Promise<string | undefined>, limits: RenewalLimits) {
    this.#refresh = refresh;
    this.#limits = limits;
  }

  /** Returns the token to send in place of the one that the source returns. */
  current(given: string | undefined): string | undefined {
    return this.#renewed !== undefined && given === this.#renewed.from ? this.#renewed.to : given;
  }

  /** Returns the token whose owner is that of a token or an `Authorization` header: a renewed token has the same owner as the first. */
  naming(authorization: string | undefined): string | undefined {
    const { first, to, hasSubject } = this.#renewed ?? {};
    const known = first !== undefined && to !== undefined && !hasSubject && authorization?.replace(/^Bearer /, '') === to;
    return known ? first : authorization;
  }

  /**
   * Returns a token for the one that the server has refused, or `undefined` when there is none for the same user.
   *
   * @param now the token that the source returns now
   * @param named whether the program identifies the user by `identity`; otherwise tokens do
   */
  async renew(refused: string | undefined, now: string | undefined, named: boolean): Promise<string | undefined> {
    const other = now !== refused && now !== undefined;
    const renewed = other ? now : await this.#renew(refused);
    const [before, after] = [subjectOf(refused), subjectOf(renewed)];
    if (before !== undefined && after !== undefined) return before === after ? renewed : undefined;
    // Another call has renewed the token in the meantime, or the source returns a token of another user.
    const { from, to } = this.#renewed ?? {};
    return !other || named || (from === refused && to === now) ? renewed : undefined;
  }

  /** Shares one renewal among all calls with the same token. A renewal that takes longer than a call does not block later calls. */
  #renew(from: string | undefined): Promise<string | undefined> {
    const { clock, timeout } = this.#limits;
    const now = clock.now();
    if (this.#renewal === undefined || this.#renewal.from !== from || now - this.#renewal.since >= timeout) {
      const to = Promise.resolve(this.#refresh()).then((renewed) => {
        const token = textOf(renewed, 'the renewed token');
        const { first, to: last } = this.#renewed ?? {};
        const hasSubject = subjectOf(token) !== undefined;
        this.#renewed = { first: last === from && last !== undefined ? first : from, from, to: token, hasSubject };
        return token;
      });
      const renewal = { from, to, since: now };
      this.#renewal = renewal;
      const done = () => {
        if (this.#renewal === renewal) this.#renewal = undefined;
      };
      to.then(done, done);
    }
    return this.#renewal.to;
  }
}
