/** One source of tokens and its renewals, used until the user changes. */
import { load } from '../util/load.js';
import type { CredentialOptions, TokenSource } from './credentials.js';
import { ownerOf, textOf } from './owner.js';
import type { RenewalLimits, Renewals } from './renewals.js';

export class UserSession {
  readonly #source: TokenSource;
  readonly #refresh: CredentialOptions['refresh'];
  readonly #limits: RenewalLimits;
  /** Made with the first token that the server refuses. */
  #renewals: Renewals | undefined;
  readonly #over = new AbortController();
  /** The last name that was read from a token. */
  #named: { readonly token: string | undefined; readonly owner: string } = { token: undefined, owner: '' };
  /** Set when the user has changed: a token renewed now might belong to the new user. */
  ended = false;

  constructor(source: TokenSource, refresh: CredentialOptions['refresh'], limits: RenewalLimits) {
    this.#source = source;
    this.#refresh = refresh;
    this.#limits = limits;
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
    const token = this.#renewals === undefined ? authorization : this.#renewals.naming(authorization);
    // Every call asks, nearly always for the same token, and reading its subject takes longer than a cached read.
    if (this.#named.token !== token) this.#named = { token, owner: ownerOf(token) };
    return this.#named.owner;
  }

  /**
   * Returns a new token in place of the refused one.
   *
   * @param named whether the option `identity` names the user; otherwise tokens do
   * @returns `undefined` when there is no token of the same user
   */
  async renew(refused: string | undefined, named: boolean): Promise<string | undefined> {
    const refresh = this.#refresh;
    if (refresh === undefined) return undefined;
    const { Renewals } = await load(import('./renewals.js'), 'token renewal');
    const now = await this.token();
    if (this.ended) return undefined;
    this.#renewals ??= new Renewals(refresh, this.#limits);
    return this.#renewals.renew(refused, now, named);
  }

  #current(value: unknown): string | undefined {
    const given = textOf(value, 'the token');
    return this.#renewals === undefined ? given : this.#renewals.current(given);
  }
}
