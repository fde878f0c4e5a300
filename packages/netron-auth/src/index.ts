export { CertificateAuthProvider, type CertificateOptions } from './certificates/certificate-auth-provider.js';
export * from './identity.js';
export type { ClaimNames } from './jwt/claims.js';
export { JwtAuthProvider } from './jwt/jwt-auth-provider.js';
export type { JwtOptions, Key, VerificationKeys } from './jwt/jwt-options.js';
export type { RemoteKeySetOptions } from './jwt/remote-key-set.js';
export { ApiKeyAuthProvider, type ApiKeyOptions, type ApiKeyRecord, type ApiKeyStore } from './keys/api-key-auth-provider.js';
export {
  type RefreshRecord,
  type RefreshStore,
  RefreshTokens,
  type RefreshTokensOptions,
  type TokenPair,
  type Used,
} from './keys/refresh-tokens.js';
export { RbacAuthzProvider, type Role, type Roles } from './rbac/rbac-authz-provider.js';
export { KeyRing, type RingKey } from './sealing/key-ring.js';
