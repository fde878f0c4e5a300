/** Connects providers to a node: the function for the option `authenticate` of `Netron.create`. */
import { expiringIdentity, readOptions } from '@omnitron-dev/netron';
import type { AuthProvider, AuthRequest } from '../identity/auth-provider.js';
import { SignIn, type SignInOptions } from './sign-in.js';

/** Options of `authenticator`. */
export type AuthenticatorOptions = SignInOptions;

/**
 * Returns a function for `Netron.create({ authenticate })`. Identities that expire are announced with their expiry, so that clients renew
 * them in time.
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
  const signIn = new SignIn(providers, readOptions(options));
  if (signIn.names.length === 0) throw new TypeError('expected at least one provider');
  return authenticate(signIn);
}

/** Creates the option `authenticate` of a node from a sign-in. */
export function authenticate(signIn: SignIn): (credentials: unknown, request: AuthRequest) => Promise<unknown> {
  return async (credentials, request) => {
    const user = await signIn.identify(credentials, request);
    const left = user && signIn.leftOf(user);
    return left === undefined ? user : expiringIdentity(user, left);
  };
}
