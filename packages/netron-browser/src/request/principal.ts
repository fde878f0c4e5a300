/** The user as whom one call is made: asked for when it is made, and carried with it to each of its requests. */
import { digest, NetronError } from '@omnitron-dev/netron/http/client';
import { markNotRun } from '../util/not-run.js';
import type { CredentialOptions } from './credentials.js';
import { subjectOf, textOf } from './owner.js';
import type { Speaker } from './speaker.js';

/** How users are told apart. */
export interface Naming {
  readonly identity: CredentialOptions['identity'];
  /** Header that goes with every request instead of a token. */
  readonly given: string | undefined;
  /** Headers that middleware would add to a request now, with names in lower case; `undefined` without any. */
  readonly probe: () => Promise<Readonly<Record<string, string>>> | undefined;
}

type Later<T> = T | Promise<T>;

export class Principal {
  readonly #speaker: Speaker;
  readonly #naming: Naming;
  /** Their name by the option `identity`. */
  readonly #name: string | undefined;
  #token: { readonly value: Later<string | undefined> } | undefined;
  #owner: Later<string> | undefined;
  /** Owner of the requests up to now. */
  #sent: string | undefined;

  constructor(speaker: Speaker, naming: Naming) {
    this.#speaker = speaker;
    this.#naming = naming;
    try {
      this.#name = nameIn(naming);
    } catch (error) {
      const failed = taken((): never => {
        throw error;
      });
      this.#owner = failed;
      this.#token = { value: failed };
    }
    // Where nothing else tells who they are.
    if (this.#name === undefined && naming.given === undefined) void this.token;
  }

  /** Whether somebody else was named since. */
  get ended(): boolean {
    return this.#speaker.ended;
  }

  /** Aborted when somebody else is named, or the peer is closed. */
  get over(): AbortSignal {
    return this.#speaker.over;
  }

  /** The name by which a connection in both directions has them, which knows the token alone. */
  async connected(): Promise<string> {
    return this.#name ?? this.#speaker.owner(await this.token);
  }

  /** The token to send first. */
  get token(): Later<string | undefined> {
    this.#token ??= { value: taken(() => had(() => this.#speaker.token())) };
    return this.#token.value;
  }

  /** The token for another attempt: a newer one of the same subject, if there is. */
  async later(): Promise<string | undefined> {
    const [before, now] = [await this.token, await had(() => this.#speaker.token())];
    const subject = subjectOf(before);
    if (subject !== undefined && subjectOf(now) === subject) this.#token = { value: now };
    return this.token;
  }

  /**
   * Their name in keys, without what would prove it.
   *
   * @param headers of the call, with names in lower case
   */
  owner({ authorization = this.#naming.given }: Readonly<Record<string, string>> = {}): Later<string> {
    // Two tokens of one subject may have different rights: that of a call shares with no other.
    if (authorization !== this.#naming.given) return digest(authorization ?? '');
    this.#owner ??= this.#find();
    return this.#owner;
  }

  /**
   * Refuses a request that would be made as somebody else.
   *
   * @param authorization of the request, as it would be sent
   * @throws NetronError `unauthenticated`
   */
  admit(authorization: string | undefined): void {
    const { identity } = this.#naming;
    // Signatures of single requests tell nothing of a user.
    if (identity === undefined && authorization !== undefined && !/^(Bearer|Basic) /i.test(authorization)) return;
    const now = identity === undefined ? this.#speaker.owner(authorization) : nameIn(this.#naming);
    this.#sent ??= this.#name ?? (typeof this.#owner === 'string' ? this.#owner : now);
    if (now !== this.#sent) throw otherUser();
  }

  /** A token of the same user instead of the one that the server has refused; `undefined` when there is none. */
  async renew(refused: string | undefined): Promise<string | undefined> {
    const renewed = await had(() => this.#speaker.renew(refused, this.#name !== undefined));
    if (renewed === undefined) return undefined;
    // Nobody has become somebody: what was asked for in nobody's name is theirs.
    if (this.#name === undefined && refused === undefined && this.#owner !== undefined) throw otherUser();
    this.#token = { value: renewed };
    if (this.#name === undefined) this.#sent = this.#speaker.owner(renewed);
    return renewed;
  }

  #find(): Later<string> {
    if (this.#name !== undefined) return this.#name;
    // Asked every time: before the first request, and whenever users come and go, nothing else tells.
    const probed = this.#naming.probe();
    const own = () => this.#naming.given ?? this.token;
    const found =
      probed === undefined
        ? settled(own(), (token) => this.#speaker.owner(token))
        : probed.then(async ({ authorization }) => this.#speaker.owner(authorization ?? (await own())));
    if (!(found instanceof Promise)) return found;
    return taken(() =>
      found.then((owner) => {
        this.#owner = owner;
        return owner;
      }),
    );
  }
}

/** The error for what would be done as somebody else than whoever has asked for it. */
export function otherUser(): NetronError {
  const error = new NetronError('unauthenticated', 'somebody else is spoken for since the call was made');
  others.add(error);
  return markNotRun(error);
}

const others = new WeakSet<object>();

/** Whether a failure says that somebody else is spoken for. */
export function isOtherUser(error: unknown): boolean {
  return others.has(error as object);
}

/** Takes a token of the program. Without one nothing is sent: it can be done again, whatever it does. */
function had<T>(take: () => Later<T>): Later<T> {
  try {
    const value = take();
    return value instanceof Promise ? value.catch(noToken) : value;
  } catch (cause) {
    return noToken(cause);
  }
}

function noToken(cause: unknown): never {
  return untold(cause, 'the token cannot be had');
}

function untold(cause: unknown, what: string): never {
  if (cause instanceof NetronError) throw markNotRun(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  throw markNotRun(new NetronError('unavailable', `${what}: ${why}`, { cause }));
}

function nameIn({ identity }: Naming): string | undefined {
  try {
    return textOf(typeof identity === 'function' ? identity() : identity, 'identity');
  } catch (cause) {
    return untold(cause, 'it cannot be told who is spoken for');
  }
}

/** Calls a function of the program that gives something, now or later; a failure is told to each that waits for it. */
function taken<T>(take: () => Later<T>): Later<T> {
  try {
    const value = take();
    if (value instanceof Promise) value.catch(() => {});
    return value;
  } catch (error) {
    const failed = Promise.reject(error);
    failed.catch(() => {});
    return failed;
  }
}

function settled<T, R>(value: Later<T>, use: (value: T) => R): Later<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
