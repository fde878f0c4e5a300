/** One source of tokens and its renewals, used until the user changes. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { CredentialOptions, TokenSource } from './credentials.js';
import { ownerOf, subjectOf, textOf } from './owner.js';

/** Time limits of renewals. */
export interface SpeakerWaits {
  readonly clock: Clock;
  /** Milliseconds for a call. */
  readonly timeout: number;
}

interface Renewal {
  readonly from: string | undefined;
  readonly to: Promise<string | undefined>;
  readonly since: number;
}

export class Speaker {
  readonly #source: TokenSource;
  readonly #refresh: CredentialOptions['refresh'];
  readonly #waits: SpeakerWaits;
  #renewal: Renewal | undefined;
  /** The last renewal, and the token that the chain of renewals started from. */
  #renewed:
    | { readonly first: string | undefined; readonly from: string | undefined; readonly to: string | undefined }
    | undefined;
  readonly #over = new AbortController();
  /** Set when the user has changed: a token renewed now might belong to the new user. */
  ended = false;

  constructor(source: TokenSource, refresh: CredentialOptions['refresh'], waits: SpeakerWaits) {
    this.#source = source;
    this.#refresh = refresh;
    this.#waits = waits;
  }

  /** Aborted when the user changes or the peer is closed, so that waits for the name of this user end. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** @param reason error for callers that wait for the name of the user */
  end(reason: Error): void {
    this.#over.abort(reason);
  }

  /** Returns the token to send. */
  token(): string | undefined | Promise<string | undefined> {
    const given: unknown = typeof this.#source === 'function' ? this.#source() : this.#source;
    // A promise of any realm; any other object is refused below.
    if (typeof given === 'object' && given !== null) return Promise.resolve(given).then((token) => this.#current(token));
    return this.#current(given);
  }

  /** Returns the name of the owner of a token or an `Authorization` header. A renewed token has the same owner. */
  owner(authorization: string | undefined): string {
    const { first, to } = this.#renewed ?? {};
    const known = first !== undefined && to !== undefined && authorization?.replace(/^Bearer /, '') === to;
    return ownerOf(known && subjectOf(to) === undefined ? first : authorization);
  }

  /**
   * Returns a new token in place of the refused one.
   *
   * @param named whether the option `identity` names the user; otherwise tokens do
   * @returns `undefined` when there is no token of the same user
   */
  async renew(refused: string | undefined, named: boolean): Promise<string | undefined> {
    if (this.#refresh === undefined || this.ended) return undefined;
    const now = await this.token();
    const other = now !== refused && now !== undefined;
    const renewed = other ? now : await this.#renew(refused, this.#refresh);
    const [before, after] = [subjectOf(refused), subjectOf(renewed)];
    if (before !== undefined && after !== undefined) return before === after ? renewed : undefined;
    // Another call has renewed the token in the meantime, or the source returns a token of another user.
    const { from, to } = this.#renewed ?? {};
    return !other || named || (from === refused && to === now) ? renewed : undefined;
  }

  /** Shares one renewal among all calls with the same token. A renewal that takes longer than a call does not block later calls. */
  #renew(from: string | undefined, refresh: () => Promise<string | undefined>): Promise<string | undefined> {
    const { clock, timeout } = this.#waits;
    const now = clock.now();
    if (this.#renewal === undefined || this.#renewal.from !== from || now - this.#renewal.since >= timeout) {
      const to = Promise.resolve(refresh()).then((renewed) => {
        const token = textOf(renewed, 'a token that was renewed');
        const { first, to: last } = this.#renewed ?? {};
        this.#renewed = { first: last === from && last !== undefined ? first : from, from, to: token };
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

  #current(value: unknown): string | undefined {
    const given = textOf(value, 'a token');
    return this.#renewed !== undefined && given === this.#renewed.from ? this.#renewed.to : given;
  }
}
