/** Credentials of a page: the token that goes with each request, and a name for its owner that keys of the cache hold. */

import { digest } from '@omnitron-dev/netron/http/client';

/** A token, or what gives one; `undefined` for nobody. */
export type TokenSource = string | undefined | (() => string | undefined | Promise<string | undefined>);

/** Options of credentials. */
export interface CredentialOptions {
  /** Sent as `Authorization: Bearer …`, unless headers of the peer, of a call or of middleware name another. Held in memory only. */
  readonly token?: TokenSource;
  /** Renews a token that the server has refused. One renewal serves all calls that wait for it; each is repeated once. */
  readonly refresh?: () => Promise<string | undefined>;
  /** Tells users apart in the cache. Default: by the token, without holding it. */
  readonly identity?: string | (() => string);
}

/** Token of one user, until another is spoken for: a call has one speaker, whatever happens while it is under way. */
export class Speaker {
  readonly #source: TokenSource;
  readonly #refresh: CredentialOptions['refresh'];
  #renewal: Promise<string | undefined> | undefined;
  #renewed: { readonly from: string | undefined; readonly to: string | undefined } | undefined;
  /** Somebody else is spoken for: what would be renewed now might be theirs. */
  ended = false;

  constructor(source: TokenSource, refresh: CredentialOptions['refresh']) {
    this.#source = source;
    this.#refresh = refresh;
  }

  /** The token to send. */
  token(): string | undefined | Promise<string | undefined> {
    const given = typeof this.#source === 'function' ? this.#source() : this.#source;
    if (this.#renewed === undefined) return given;
    if (given instanceof Promise) return given.then((token) => this.#current(token));
    return this.#current(given);
  }

  /**
   * A token instead of the one that the server has refused.
   *
   * @returns `undefined` when there is none of the same user
   */
  async renew(refused: string | undefined): Promise<string | undefined> {
    if (this.#refresh === undefined || this.ended) return undefined;
    // Another call has renewed it while this one was under way.
    const now = await this.token();
    const renewed = now !== refused && now !== undefined ? now : await this.#renew(refused);
    const [before, after] = [subjectOf(refused), subjectOf(renewed)];
    return before === undefined || after === undefined || before === after ? renewed : undefined;
  }

  #renew(refused: string | undefined): Promise<string | undefined> {
    this.#renewal ??= this.#refresh!()
      .then((to) => {
        this.#renewed = { from: refused, to };
        return to;
      })
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  #current(given: string | undefined): string | undefined {
    return this.#renewed !== undefined && given === this.#renewed.from ? this.#renewed.to : given;
  }
}

export class Credentials {
  /** The user that is spoken for now. */
  speaker: Speaker;
  readonly #refresh: CredentialOptions['refresh'];
  readonly #identity: CredentialOptions['identity'];
  readonly #given: string | undefined;
  readonly #probe: () => Promise<Readonly<Record<string, string>>> | undefined;

  /**
   * @param given header that goes with every request instead of a token
   * @param probe gives the headers that middleware would add to a request now, with names in lower case; `undefined` without any
   */
  constructor(
    { token, refresh, identity }: CredentialOptions,
    given: string | undefined,
    probe: () => Promise<Readonly<Record<string, string>>> | undefined,
  ) {
    this.speaker = new Speaker(token, refresh);
    this.#refresh = refresh;
    this.#identity = identity;
    this.#given = given;
    this.#probe = probe;
  }

  /** Speaks for somebody else from now on. */
  set(token: TokenSource): void {
    this.speaker.ended = true;
    this.speaker = new Speaker(token, this.#refresh);
  }

  /**
   * The name of whoever is spoken for, without what would prove it.
   *
   * @param headers of the call, with names in lower case
   */
  identity({ authorization = this.#given }: Readonly<Record<string, string>> = {}): string | Promise<string> {
    // Two tokens of one subject may have different rights: that of a call shares with no other.
    if (authorization !== this.#given) return digest(authorization ?? '');
    if (this.#identity !== undefined) return typeof this.#identity === 'function' ? this.#identity() : this.#identity;
    // Asked every time: before the first request, and whenever users come and go, nothing else tells.
    const probed = this.#probe();
    if (probed !== undefined) return probed.then(async (headers) => ownerOf(headers.authorization ?? (await this.#own())));
    const token = this.#own();
    return token instanceof Promise ? token.then(ownerOf) : ownerOf(token);
  }

  #own(): string | undefined | Promise<string | undefined> {
    return this.#given ?? this.speaker.token();
  }
}

/** Stands for whoever a token is of, so that a renewed one has the same owner. */
function ownerOf(token: string | undefined): string {
  return token === undefined ? '' : (subjectOf(token) ?? digest(token.replace(/^Bearer /, '')));
}

/** Issuer and subject of a JSON Web Token; `undefined` for any other. */
function subjectOf(token = ''): string | undefined {
  const payload = /^(?:Bearer )?[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const { iss = '', sub } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
    return typeof sub === 'string' ? JSON.stringify([iss, sub]) : undefined;
  } catch {
    return undefined;
  }
}
