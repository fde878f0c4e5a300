/** Identities and sign-in, without any kind of token. Loads no package other than Netron. */
export type { AuthContext, AuthProvider, AuthRequest, AuthzProvider, TokenUser } from './identity/auth-provider.js';
export { type Revocation, Revocations, type RevocationsOptions } from './identity/revocations.js';
export { type AuthenticatorOptions, authenticate, authenticator } from './sign-in/authenticator.js';
export type { FailedAttemptsOptions } from './sign-in/failed-attempts.js';
export { hostOf } from './sign-in/host.js';
export { type AuthProviders, SignIn, type SignInOptions } from './sign-in/sign-in.js';
