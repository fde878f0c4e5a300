export { type LoginChecks, OidcAuthProvider, type OidcOptions, type OidcTokens } from './oidc-auth-provider.js';
