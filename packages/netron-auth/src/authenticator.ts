/** Connects providers with a node: the function for the option `authenticate` of `Netron.create`. */
import { NetronError } from '@omnitron-dev/netron';
import { FailedAttempts, type FailedAttemptsOptions } from './failed-attempts.js';
import type { AuthContext, AuthProvider, AuthRequest } from './identity/auth-provider.js';
import { refusal } from './identity/refusal.js';

export interface AuthenticatorOptions {
  /** Bounds failed logins by address; `false` does not. */
  readonly attempts?: FailedAttemptsOptions | false;
  /** Lets callers without credentials in, without identity. Default `false`. */
  readonly anonymous?: boolean;
}

/**
 * Returns a function for `Netron.create({ authenticate })`. Accepts credentials as a string, as `{ token }`, or as
 * `{ authorization: 'Bearer …' }`. Of several providers the first that accepts decides; one that is `unavailable` fails the
 * login, unless another accepts.
 *
 * ```ts
 * await Netron.create({ listenPort: 8080, authenticate: authenticator([jwt, apiKeys]) });
 * ```
 */
export function authenticator(
  providers: AuthProvider | readonly AuthProvider[],
  options: AuthenticatorOptions = {},
): (credentials: unknown, request: AuthRequest) => Promise<AuthContext | undefined> {
  const list = 'authenticate' in providers ? [providers] : [...providers];
  if (list.length === 0) throw new TypeError('expected at least one provider');
  const attempts = options.attempts === false ? undefined : new FailedAttempts(options.attempts);
  return async (credentials, request) => {
    const token = tokenOf(credentials);
    if (token === undefined) {
      if (options.anonymous && credentials === undefined) return undefined;
      throw refusal();
    }
    const key = hostOf(request.address);
    const retryAfterMs = attempts?.retryAfter(key) ?? 0;
    if (retryAfterMs > 0) throw new NetronError('resource_exhausted', 'too many failed logins', { retryAfterMs });
    try {
      const context = await first(list, token, request);
      attempts?.succeeded(key);
      return context;
    } catch (error) {
      if (NetronError.is(error, 'unauthenticated')) attempts?.failed(key);
      throw error;
    }
  };
}

async function first(providers: readonly AuthProvider[], token: string, request: AuthRequest): Promise<AuthContext> {
  let failure: unknown;
  for (const provider of providers) {
    try {
      return await provider.authenticate(token, request);
    } catch (error) {
      // A provider that cannot tell now outranks those that refuse: the token may be one of its own.
      if (failure === undefined || !NetronError.is(error, 'unauthenticated')) failure = error;
    }
  }
  throw NetronError.is(failure) ? failure : refusal(failure);
}

function tokenOf(credentials: unknown): string | undefined {
  if (typeof credentials === 'string') return withoutScheme(credentials);
  if (typeof credentials !== 'object' || credentials === null) return undefined;
  const own = (name: string): unknown =>
    Object.hasOwn(credentials, name) ? (credentials as Record<string, unknown>)[name] : undefined;
  const token = own('token') ?? own('authorization');
  return typeof token === 'string' ? withoutScheme(token) : undefined;
}

const withoutScheme = (text: string): string => (/^bearer /i.test(text) ? text.slice('bearer '.length).trim() : text);

/** Returns the host of an address such as `ws://10.0.0.7:51234`: ports change with each connection. */
function hostOf(address: string): string {
  try {
    return new URL(address).hostname || address;
  } catch {
    return address;
  }
}
