/** Interfaces between authentication, authorization and the parts that enforce them. */
import type { AuthenticationRequest } from '@omnitron-dev/netron';

/** Identity of an authenticated caller. */
export interface AuthContext {
  /** Id of the user; never empty. */
  readonly userId: string;
  readonly roles?: readonly string[];
  /** Rights beside those of the roles, as `resource:action`. */
  readonly permissions?: readonly string[];
  /** End of the identity, in milliseconds since 1970. Absent: it does not end by itself. */
  readonly expiresAt?: number;
  /** When its token was issued, in milliseconds since 1970. Absent: before every revocation of its user. */
  readonly issuedAt?: number;
  /** Id of the token (`jti`) or of the API key. A revocation by it holds for as long as `Revocations` keeps it; a key is deleted as well. */
  readonly tokenId?: string;
  readonly tenant?: string;
}

/** Caller that presents credentials, as far as it is known before. */
export type AuthRequest = AuthenticationRequest;

/** User that a token is made for. */
export interface TokenUser {
  readonly id: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly tenant?: string;
}

/** Tells who a token belongs to. */
export interface AuthProvider {
  /**
   * Returns the identity behind `token`.
   *
   * @throws NetronError `unauthenticated` when the token is not valid, `unavailable` when it cannot be checked now
   */
  authenticate(token: string, request?: AuthRequest): Promise<AuthContext>;
  createToken?(user: TokenUser): Promise<string>;
  /**
   * Returns the identity of a caller that shows no token, by what the connection tells of it; `undefined` when it tells nothing.
   *
   * @throws as `authenticate` does
   */
  identify?(request: AuthRequest): AuthContext | undefined | Promise<AuthContext | undefined>;
}

/** Tells whether an identity may do something. */
export interface AuthzProvider {
  /** Resolves to `true` for what it may do. Of what it fails with callers learn nothing, unless it is a `NetronError`. */
  authorize(context: AuthContext, resource: string, action: string): Promise<boolean>;
}
