/** Credentials of a page: whoever it speaks for, until `setToken` names somebody else. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { markNotRun } from '../util/not-run.js';
import { type Naming, otherUser, Principal } from './principal.js';
import { Speaker, type SpeakerWaits } from './speaker.js';

/** A token, or what gives one; `undefined` for nobody. */
export type TokenSource = string | undefined | (() => string | undefined | Promise<string | undefined>);

/** Options of credentials. */
export interface CredentialOptions {
  /** Sent as `Authorization: Bearer …`, unless headers of the peer, of a call or of middleware name another. Held in memory only. */
  readonly token?: TokenSource;
  /**
   * Renews a token that the server has refused. One renewal serves all calls that wait for it; each is repeated once. After `timeout`
   * the next refusal asks for another one.
   */
  readonly refresh?: () => Promise<string | undefined>;
  /** Tells users apart in the cache. Default: by the token, without holding it. */
  readonly identity?: string | (() => string);
}

export class Credentials {
  readonly #refresh: CredentialOptions['refresh'];
  readonly #naming: Naming;
  readonly #waits: SpeakerWaits;
  #speaker: Speaker;

  /**
   * @param given header that goes with every request instead of a token
   * @param probe gives the headers that middleware would add to a request now, with names in lower case; `undefined` without any
   */
  constructor(
    { token, refresh, identity }: CredentialOptions,
    given: string | undefined,
    probe: Naming['probe'],
    waits: SpeakerWaits,
  ) {
    this.#speaker = new Speaker(token, refresh, waits);
    this.#refresh = refresh;
    this.#naming = { identity, given, probe };
    this.#waits = waits;
  }

  /** Speaks for somebody else from now on. */
  set(token: TokenSource): void {
    const before = this.#speaker;
    before.ended = true;
    this.#speaker = new Speaker(token, this.#refresh, this.#waits);
    before.end(otherUser());
  }

  /** Keeps nobody waiting to know who is spoken for. */
  close(): void {
    this.#speaker.end(markNotRun(new NetronError('unavailable', 'the peer is closed')));
  }

  /** The user as whom a call of this moment is made. */
  principal(): Principal {
    return new Principal(this.#speaker, this.#naming);
  }
}
