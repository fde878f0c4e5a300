/** One source of tokens, with what was renewed of it: another one takes its place when somebody else is spoken for. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { CredentialOptions, TokenSource } from './credentials.js';
import { ownerOf, subjectOf, textOf } from './owner.js';

/** How long renewals are shared. */
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
  /** The last renewal, and the token with which it all began. */
  #renewed:
    | { readonly first: string | undefined; readonly from: string | undefined; readonly to: string | undefined }
    | undefined;
  readonly #over = new AbortController();
  /** Somebody else is spoken for: what would be renewed now might be theirs. */
  ended = false;

  constructor(source: TokenSource, refresh: CredentialOptions['refresh'], waits: SpeakerWaits) {
    this.#source = source;
    this.#refresh = refresh;
    this.#waits = waits;
  }

  /** Aborted when somebody else is spoken for, or the peer is closed: nobody waits any more to know who this is. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** @param reason for whoever waits to know who is spoken for */
  end(reason: Error): void {
    this.#over.abort(reason);
  }

  /** The token to send. */
  token(): string | undefined | Promise<string | undefined> {
    const given: unknown = typeof this.#source === 'function' ? this.#source() : this.#source;
    // A promise, of this realm or another; anything else is refused below.
    if (typeof given === 'object' && given !== null) return Promise.resolve(given).then((token) => this.#current(token));
    return this.#current(given);
  }

  /** Stands for whoever a token is of, or an `Authorization`: a renewed one has the same owner. */
  owner(authorization: string | undefined): string {
    const { first, to } = this.#renewed ?? {};
    const known = first !== undefined && to !== undefined && authorization?.replace(/^Bearer /, '') === to;
    return ownerOf(known && subjectOf(to) === undefined ? first : authorization);
  }

  /**
   * A token instead of the one that the server has refused.
   *
   * @param named whether the program says by `identity` who is spoken for; otherwise tokens tell
   * @returns `undefined` when there is none of the same user
   */
  async renew(refused: string | undefined, named: boolean): Promise<string | undefined> {
    if (this.#refresh === undefined || this.ended) return undefined;
    const now = await this.token();
    const other = now !== refused && now !== undefined;
    const renewed = other ? now : await this.#renew(refused, this.#refresh);
    const [before, after] = [subjectOf(refused), subjectOf(renewed)];
    if (before !== undefined && after !== undefined) return before === after ? renewed : undefined;
    // Another call has renewed it while this one was under way; or the source speaks for somebody else.
    const { from, to } = this.#renewed ?? {};
    return !other || named || (from === refused && to === now) ? renewed : undefined;
  }

  /** One renewal serves all calls with the same token, and no others. One that takes longer than a call keeps no later call from another. */
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
