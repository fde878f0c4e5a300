/** Connects providers with a node: the function for the option `authenticate` of `Netron.create`. */
import { expiringIdentity, readOptions } from '@omnitron-dev/netron';
import type { AuthProvider, AuthRequest } from '../identity/auth-provider.js';
import { SignIn, type SignInOptions } from './sign-in.js';

/** Settings of `authenticator`. */
export interface AuthenticatorOptions extends SignInOptions {
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
}

/**
 * Returns a function for `Netron.create({ authenticate })`. Identities that end are announced with their end, so that
 * clients renew them in time.
 *
 * ```ts
 * await Netron.create({ listenPort: 8080, authenticate: authenticator([jwt, apiKeys]) });
 * ```
 *
 * @throws TypeError when there is no provider, or an option is unknown
 */
export function authenticator(
  providers: AuthProvider | readonly AuthProvider[],
  options: AuthenticatorOptions = {},
): (credentials: unknown, request: AuthRequest) => Promise<unknown> {
  const { now, ...ofSignIn } = readOptions(options);
  const signIn = new SignIn(providers, ofSignIn);
  if (signIn.names.length === 0) throw new TypeError('expected at least one provider');
  return authenticate(signIn, now);
}

/** Makes the option `authenticate` of a node from a sign-in. */
export function authenticate(
  signIn: SignIn,
  now: () => number = Date.now,
): (credentials: unknown, request: AuthRequest) => Promise<unknown> {
  return async (credentials, request) => {
    const user = await signIn.identify(credentials, request);
    return user?.expiresAt === undefined ? user : expiringIdentity(user, Math.max(0, user.expiresAt - now()));
  };
}
