/** Finds the identity for credentials, with one provider or several. */
import { checkOptions, NetronError, type OptionNames } from '@omnitron-dev/netron';
import type { AuthContext, AuthProvider, AuthRequest } from '../identity/auth-provider.js';
import { checkTimeout } from '../identity/numbers.js';
import { refusal } from '../identity/refusal.js';
import type { Revocations } from '../identity/revocations.js';
import { checkRights } from '../identity/rights.js';
import { FailedAttempts, type FailedAttemptsOptions } from './failed-attempts.js';
import { hostOf } from './host.js';

/** Options of a sign-in. */
export interface SignInOptions {
  /** Limits of failed logins by address; `false` turns them off. */
  readonly attempts?: FailedAttemptsOptions | false;
  /** Accepts callers without credentials, as anonymous. Default `false`. */
  readonly anonymous?: boolean;
  /** Refuses revoked identities, whichever provider they come from. */
  readonly revocations?: Revocations;
  /**
   * Milliseconds for the answer of a provider, and for which a login may wait. Default 4,000, which leaves some of the 5,000 of a handshake
   * to the next provider.
   */
  readonly timeout?: number;
  /**
   * Called for each failed login, and for each that was refused because too many had failed.
   *
   * @param by known caller that has presented the token of a user on whose behalf it calls
   */
  readonly onFailure?: (request: AuthRequest, error: NetronError, by: unknown) => void;
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
}

const names: OptionNames<SignInOptions> = {
  anonymous: true,
  attempts: true,
  now: true,
  onFailure: true,
  revocations: true,
  timeout: true,
};

/** Providers by name, one provider, or several without names. */
export type AuthProviders = AuthProvider | readonly AuthProvider[] | { readonly [name: string]: AuthProvider };

/** Most characters of a token that is passed to providers. */
const longest = 16_384;

/**
 * Identifies callers by a token or, without one, by their connection when a provider supports that. Accepts credentials as a string, as `{
 * token }`, or as `{ authorization: 'Bearer …' }`. Of several providers, the first one that accepts decides; when one is `unavailable`, the
 * login fails unless another accepts.
 */
export class SignIn {
  readonly #providers: ReadonlyMap<string, AuthProvider>;
  /** Providers that can identify callers without a token. */
  readonly #silent: readonly (readonly [string, AuthProvider])[];
  readonly #attempts: FailedAttempts | undefined;
  readonly #anonymous: boolean;
  readonly #revocations: Revocations | undefined;
  readonly #timeout: number;
  readonly #failed: SignInOptions['onFailure'];
  readonly #now: () => number;
  readonly #tokens = new WeakMap<object, string>();
  /** Names of the providers that have accepted identities. */
  readonly #origins = new WeakMap<object, string>();

  /** @throws TypeError when a provider is not valid, or an option is unknown; RangeError when a number is not above 0 */
  constructor(providers: AuthProviders, options: SignInOptions = {}) {
    checkOptions('a sign-in', options, names);
    const { attempts, anonymous = false, revocations, onFailure, timeout = 4_000, now = Date.now } = options;
    this.#providers = byName(providers);
    this.#silent = [...this.#providers].filter(([, { identify }]) => identify !== undefined);
    this.#timeout = checkTimeout('timeout', timeout);
    this.#attempts = attempts === false ? undefined : new FailedAttempts(attempts, this.#timeout);
    this.#anonymous = anonymous;
    this.#revocations = revocations;
    this.#failed = onFailure;
    this.#now = now;
  }

  /** Names of the providers. */
  get names(): readonly string[] {
    return [...this.#providers.keys()];
  }

  /** Returns the token of an identity, for calls on behalf of its user; `undefined` for an identity that is not from this sign-in. */
  tokenOf(context: object): string | undefined {
    return this.#tokens.get(context);
  }

  /** Returns the milliseconds until an identity expires, at least 0; `undefined` for one that does not. */
  leftOf({ expiresAt }: AuthContext): number | undefined {
    return expiresAt === undefined ? undefined : Math.max(0, expiresAt - this.#now());
  }

  /**
   * Returns the name of the provider of an identity: empty for one without a name, `undefined` for an identity that is not from this
   * sign-in.
   */
  providerOf(context: object): string | undefined {
    return this.#origins.get(context);
  }

  /**
   * Returns the identity for credentials; `undefined` for a caller that is accepted without credentials.
   *
   * @param by the caller, when it is known and presents the token of a user on whose behalf it calls: its failures are reported with its
   *   name and not counted, so that one user of a gateway does not lock out the others
   * @throws NetronError `unauthenticated`, with one message for all reasons; `resource_exhausted` after too many failures; `unavailable`
   *   when a provider cannot answer now, or not in time
   */
  async identify(credentials: unknown, request: AuthRequest, by?: unknown): Promise<AuthContext | undefined> {
    try {
      if (credentials !== undefined) return await this.#identify(tokenOf(credentials), request, by === undefined);
      const context = await this.#byConnection(request);
      if (context === undefined && !this.#anonymous) throw refusal();
      return context;
    } catch (error) {
      const failure = NetronError.is(error) ? error : refusal(error);
      this.#failed?.(request, failure, by);
      throw failure;
    }
  }

  async #identify(token: string | undefined, request: AuthRequest, counted: boolean): Promise<AuthContext> {
    if (token === undefined) throw refusal();
    const login = () => this.#byToken(token, request);
    return counted && this.#attempts ? this.#attempts.run(hostOf(request.address), login) : login();
  }

  async #byToken(token: string, request: AuthRequest): Promise<AuthContext> {
    let failure: unknown;
    for (const [name, provider] of this.#providers) {
      try {
        const context = this.#accept(await this.#inTime(provider.authenticate(token, request)), name);
        this.#tokens.set(context, token);
        return context;
      } catch (error) {
        // A provider that cannot answer now outranks those that refuse: it may have issued the token.
        if (failure === undefined || NetronError.is(error, 'unavailable')) failure = error;
      }
    }
    throw NetronError.is(failure) ? failure : refusal(failure);
  }

  /** Not limited: certificates cannot be guessed, and clients that guess tokens would lock out others at their address. */
  async #byConnection(request: AuthRequest): Promise<AuthContext | undefined> {
    for (const [name, provider] of this.#silent) {
      const context = await this.#inTime(provider.identify?.(request));
      if (context !== undefined) return this.#accept(context, name);
    }
    return undefined;
  }

  #accept(context: AuthContext, name: string): AuthContext {
    checkIdentity(context);
    if (this.leftOf(context) === 0) throw refusal(new Error('the identity has expired'));
    if (this.#revocations?.has(context)) throw refusal(new Error('the identity has been revoked'));
    this.#origins.set(context, name);
    return context;
  }

  /** Waits for a provider. @throws NetronError `unavailable` when it does not answer in time */
  async #inTime<T>(answer: T | Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = () => new NetronError('unavailable', `the provider did not answer within ${this.#timeout} ms`);
      timer = setTimeout(() => reject(error()), this.#timeout);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * @throws NetronError `unauthenticated` for an invalid identity: with values of other types, rules would grant access, or it would never
 *   expire
 */
function checkIdentity(context: AuthContext | undefined): asserts context is AuthContext {
  if (typeof context?.userId !== 'string' || context.userId === '') throw refusal(new TypeError('expected a userId'));
  try {
    checkRights('identity', context);
  } catch (error) {
    throw refusal(error);
  }
  for (const name of ['expiresAt', 'issuedAt'] as const) {
    const at: unknown = context[name];
    if (at !== undefined && (typeof at !== 'number' || Number.isNaN(at)))
      throw refusal(new TypeError(`identity: ${name} must be a number of milliseconds`));
  }
  const { tokenId } = context;
  if (tokenId !== undefined && typeof tokenId !== 'string') throw refusal(new TypeError('identity: tokenId must be a string'));
}

/** @throws TypeError for a value that is not a provider: without providers, every caller would be accepted */
function byName(given: AuthProviders): ReadonlyMap<string, AuthProvider> {
  if (isProvider(given)) return new Map([['', given]]);
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`expected an authentication provider, such as { authenticate: (token) => … }, not ${described(given)}`);
  const named: [string, AuthProvider][] = Array.isArray(given)
    ? given.map((provider, at) => [at === 0 ? '' : String(at), provider])
    : Object.entries(given);
  for (const [name, provider] of named) {
    if (isProvider(provider)) continue;
    const which = name === '' ? 'an authentication provider' : `authentication provider '${name}'`;
    throw new TypeError(`${which} must have a method authenticate(token), got ${described(provider)}`);
  }
  return new Map(named);
}

const isProvider = (given: unknown): given is AuthProvider =>
  ((typeof given === 'object' && given !== null) || typeof given === 'function') &&
  typeof (given as Partial<AuthProvider>).authenticate === 'function';

const described = (given: unknown): string =>
  typeof given === 'function' ? 'a function' : typeof given === 'object' && given !== null ? 'an object' : String(given);

function tokenOf(credentials: unknown): string | undefined {
  if (typeof credentials === 'string') return withoutScheme(credentials);
  if (typeof credentials !== 'object' || credentials === null) return undefined;
  const own = (name: string): unknown =>
    Object.hasOwn(credentials, name) ? (credentials as Record<string, unknown>)[name] : undefined;
  const token = own('token') ?? own('authorization');
  return typeof token === 'string' ? withoutScheme(token) : undefined;
}

function withoutScheme(text: string): string | undefined {
  if (text.length > longest) return undefined;
  const token = /^bearer /i.test(text) ? text.slice('bearer '.length).trim() : text;
  return token === '' ? undefined : token;
}
