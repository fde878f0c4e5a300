/** Credentials of a page: the current user, until `setToken` sets another one. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { markNotRun } from '../util/not-run.js';
import { type Identification, otherUser, Principal } from './principal.js';
import type { RenewalLimits } from './renewals.js';
import { UserSession } from './user-session.js';

/** A token, or a function that returns one; `undefined` for an anonymous user. */
export type TokenSource = string | undefined | (() => string | undefined | Promise<string | undefined>);

/** Options of credentials. */
export interface CredentialOptions {
  /** Sent as `Authorization: Bearer …`, unless headers of the peer, of a call or of middleware replace it. Held in memory only. */
  readonly token?: TokenSource;
  /**
   * Renews a token that the server has refused. One renewal serves all calls that wait for it; each is retried once. A renewal that takes
   * longer than `timeout` is not shared any further: the next refusal starts another one.
   */
  readonly refresh?: () => Promise<string | undefined>;
  /** Name that tells users apart in the cache. Default: the subject of the token, or a hash of a token without one. */
  readonly identity?: string | (() => string);
}

export class Credentials {
  readonly #refresh: CredentialOptions['refresh'];
  readonly #identification: Identification;
  readonly #limits: RenewalLimits;
  #session: UserSession;

  /**
   * @param given header that is sent with every request instead of a token
   * @param probe returns the headers that middleware would add to a request now, with names in lower case; `undefined` without middleware
   */
  constructor(
    { token, refresh, identity }: CredentialOptions,
    given: string | undefined,
    probe: Identification['probe'],
    limits: RenewalLimits,
  ) {
    this.#session = new UserSession(token, refresh, limits);
    this.#refresh = refresh;
    this.#identification = { identity, given, probe };
    this.#limits = limits;
  }

  /** Replaces the token, for the same or another user. */
  set(token: TokenSource): void {
    const before = this.#session;
    before.ended = true;
    this.#session = new UserSession(token, this.#refresh, this.#limits);
    before.end(otherUser());
  }

  /** Ends all waits for the name of the user. */
  close(): void {
    this.#session.end(markNotRun(new NetronError('unavailable', 'the peer is closed')));
  }

  /** The user of a call that is made now. */
  principal(): Principal {
    return new Principal(this.#session, this.#identification);
  }
}
