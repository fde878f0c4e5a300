/** The user of one call: determined when the call is made, and the same for each of its requests. */
import { digest, NetronError } from '@omnitron-dev/netron/http/client';
import { markNotRun } from '../util/not-run.js';
import type { CredentialOptions } from './credentials.js';
import { subjectOf, textOf } from './owner.js';
import type { UserSession } from './user-session.js';

/** How users are told apart. */
export interface Identification {
  readonly identity: CredentialOptions['identity'];
  /** Header that is sent with every request instead of a token. */
  readonly given: string | undefined;
  /** Returns the headers that middleware would add to a request now, with names in lower case; `undefined` without middleware. */
  readonly probe: () => Promise<Readonly<Record<string, string>>> | undefined;
}

type MaybePromise<T> = T | Promise<T>;

export class Principal {
  readonly #session: UserSession;
  readonly #identification: Identification;
  /** Name of the user by the option `identity`. */
  readonly #name: string | undefined;
  #token: { readonly value: MaybePromise<string | undefined> } | undefined;
  #owner: MaybePromise<string> | undefined;
  /** Owner of the requests sent so far. */
  #sent: string | undefined;

  constructor(session: UserSession, identification: Identification) {
    this.#session = session;
    this.#identification = identification;
    try {
      this.#name = nameIn(identification);
    } catch (error) {
      const failed = handled(Promise.reject<never>(error));
      this.#owner = failed;
      this.#token = { value: failed };
    }
    // The token is needed to tell who the user is.
    if (this.#name === undefined && identification.given === undefined) void this.token;
  }

  /** Whether the user has changed since. */
  get ended(): boolean {
    return this.#session.ended;
  }

  /** Aborted when the user changes or the peer is closed. */
  get over(): AbortSignal {
    return this.#session.over;
  }

  /** Returns the name of the user for a duplex connection, which sends only the token. */
  async connected(): Promise<string> {
    return this.#name ?? this.#session.owner(await this.token);
  }

  /** The token of the first request. */
  get token(): MaybePromise<string | undefined> {
    this.#token ??= { value: tokenOf(this.#session) };
    return this.#token.value;
  }

  /** Returns the token of another attempt: a newer one, if it has the same subject. */
  async later(): Promise<string | undefined> {
    const [before, now] = [await this.token, await tokenOf(this.#session)];
    const subject = subjectOf(before);
    if (subject !== undefined && subjectOf(now) === subject) this.#token = { value: now };
    return this.token;
  }

  /**
   * Returns the name of the user in keys, which contains no credentials.
   *
   * @param headers of the call, with names in lower case
   */
  owner({ authorization = this.#identification.given }: Readonly<Record<string, string>> = {}): MaybePromise<string> {
    // Two tokens of one subject may have different rights: a call with its own token shares its entries with no other token.
    if (authorization !== this.#identification.given) return digest(authorization ?? '');
    this.#owner ??= this.#find();
    return this.#owner;
  }

  /**
   * Refuses a request that would be sent as another user.
   *
   * @param authorization header of the request that is about to be sent
   * @throws NetronError `unauthenticated`
   */
  admit(authorization: string | undefined): void {
    const { identity } = this.#identification;
    // A signature of a single request does not identify a user.
    if (identity === undefined && authorization !== undefined && !/^(Bearer|Basic) /i.test(authorization)) return;
    const now = identity === undefined ? this.#session.owner(authorization) : nameIn(this.#identification);
    this.#sent ??= this.#name ?? (typeof this.#owner === 'string' ? this.#owner : now);
    if (now !== this.#sent) throw otherUser();
  }

  /** Returns a new token of the same user in place of the refused one; `undefined` when there is none. */
  async renew(refused: string | undefined): Promise<string | undefined> {
    const renewed = await this.#session.renew(refused, this.#name !== undefined).catch(failToken);
    if (renewed === undefined) return undefined;
    // The anonymous user has logged in: the call must be made again in the name of that user.
    if (this.#name === undefined && refused === undefined && this.#owner !== undefined) throw otherUser();
    this.#token = { value: renewed };
    if (this.#name === undefined) this.#sent = this.#session.owner(renewed);
    return renewed;
  }

  #find(): MaybePromise<string> {
    if (this.#name !== undefined) return this.#name;
    const { given } = this.#identification;
    // Asked every time: before the first request, and when users change, no other source tells who the user is.
    const probed = this.#identification.probe();
    const own = probed?.then(async ({ authorization }) => authorization ?? given ?? this.token) ?? given ?? this.token;
    if (!(own instanceof Promise)) return this.#session.owner(own);
    return handled(
      own.then((authorization) => {
        const owner = this.#session.owner(authorization);
        this.#owner = owner;
        return owner;
      }),
    );
  }
}

/** Returns the error for a call whose user has changed since it was made. */
export function otherUser(): NetronError {
  const error = new NetronError('unauthenticated', 'the user has changed since the call was made');
  otherUserErrors.add(error);
  return markNotRun(error);
}

const otherUserErrors = new WeakSet<object>();

/** Whether a failure means that the user has changed. */
export function isOtherUser(error: unknown): boolean {
  return otherUserErrors.has(error as object);
}

/** Calls the program's source of tokens. When it fails, nothing has been sent and the call may be retried. */
function tokenOf(session: UserSession): MaybePromise<string | undefined> {
  let token: MaybePromise<string | undefined>;
  try {
    token = session.token();
  } catch (cause) {
    token = Promise.reject(cause);
  }
  return token instanceof Promise ? handled(token.catch(failToken)) : token;
}

function failToken(cause: unknown): never {
  return failNotRun(cause, 'cannot get the token');
}

function failNotRun(cause: unknown, what: string): never {
  if (cause instanceof NetronError) throw markNotRun(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  throw markNotRun(new NetronError('unavailable', `${what}: ${why}`, { cause }));
}

/** Returns the name of the user by the option `identity`, in quotes, so that the name of no other user begins with it. */
function nameIn({ identity }: Identification): string | undefined {
  try {
    const name = textOf(typeof identity === 'function' ? identity() : identity, 'identity');
    return name === undefined ? name : JSON.stringify(name);
  } catch (cause) {
    return failNotRun(cause, 'cannot determine the user');
  }
}

/** Returns a promise whose failure is never unhandled; each caller that waits receives it. */
function handled<T>(value: Promise<T>): Promise<T> {
  value.catch(() => {});
  return value;
}
