import { NetronError } from '@omnitron-dev/netron';
import type { AuthContext, AuthProvider, AuthRequest, SecurityOptions } from './providers.js';

/** Failed attempts of one address within a minute after which it has to wait. */
const patience = 20;
const minute = 60_000;
const remembered = 10_000;

/** The text that every refusal has. */
const refused = () => new NetronError('unauthenticated', 'authentication failed');

/** Marks the provider that a caller was known by. */
const by = new WeakMap<object, string>();

/** The name of the provider that an identity comes from; empty where there is only one. */
export const providerOf = (context: object): string | undefined => by.get(context);

/**
 * Finds out who shows credentials: for connections, and for single calls with a header `authorization`. Failed attempts are counted by address.
 */
export class SignIn {
  readonly #providers: ReadonlyMap<string, AuthProvider>;
  readonly #anonymous: boolean;
  readonly #now: () => number;
  readonly #failed = new Map<string, { count: number; until: number }>();

  /** @param now milliseconds since 1970 */
  constructor({ authentication, anonymous = true }: SecurityOptions, now: () => number = Date.now) {
    const single = authentication && typeof authentication.authenticate === 'function';
    this.#providers = new Map(
      single ? [['', authentication as AuthProvider]] : Object.entries((authentication ?? {}) as Record<string, AuthProvider>),
    );
    this.#anonymous = anonymous;
    this.#now = now;
  }

  /** Whether somebody can be known at all. */
  get possible(): boolean {
    return this.#providers.size > 0;
  }

  /** Names of the providers. */
  get names(): readonly string[] {
    return [...this.#providers.keys()];
  }

  /**
   * The identity behind credentials: a token, `{ token }` or `{ authorization: 'Bearer …' }`.
   *
   * @throws NetronError `unauthenticated`, with one text for every reason; `resource_exhausted` after too many failures
   */
  async identify(credentials: unknown, request: AuthRequest): Promise<AuthContext | undefined> {
    const token = tokenOf(credentials);
    if (token === undefined) {
      if (credentials === undefined && this.#anonymous) return undefined;
      throw refused();
    }
    const host = hostOf(request.address);
    this.#checkAttempts(host);
    for (const [name, provider] of this.#providers) {
      try {
        const context = await provider.authenticate(token, request);
        if (typeof context?.userId !== 'string' || context.userId === '') continue;
        by.set(context, name);
        this.#failed.delete(host);
        return context;
      } catch (error) {
        // A provider that cannot tell now is no proof that the token is wrong.
        if (NetronError.is(error) && error.code === 'unavailable') throw error;
      }
    }
    this.#count(host);
    throw refused();
  }

  #checkAttempts(host: string): void {
    const failed = this.#failed.get(host);
    const retryAfterMs = (failed?.until ?? 0) - this.#now();
    if (!failed || retryAfterMs <= 0) this.#failed.delete(host);
    else if (failed.count >= patience) throw new NetronError('resource_exhausted', 'too many failed attempts', { retryAfterMs });
  }

  #count(host: string): void {
    const { count = 0 } = this.#failed.get(host) ?? {};
    this.#failed.delete(host);
    this.#failed.set(host, { count: count + 1, until: this.#now() + minute });
    if (this.#failed.size > remembered) this.#failed.delete(this.#failed.keys().next().value as string);
  }
}

function tokenOf(credentials: unknown): string | undefined {
  const given =
    typeof credentials === 'object' && credentials !== null
      ? ((credentials as { token?: unknown }).token ?? (credentials as { authorization?: unknown }).authorization)
      : credentials;
  if (typeof given !== 'string' || given === '' || given.length > 16_384) return undefined;
  return given.replace(/^Bearer +/i, '');
}

/** An address without its port: many connections come from one host. */
export const hostOf = (address: string | undefined): string =>
  (address ?? 'unknown').replace(/^[a-z+]+:\/\//i, '').replace(/:\d+$/, '');
