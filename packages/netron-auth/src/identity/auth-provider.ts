/** Interfaces between authentication, authorization and the parts that enforce them. */
import type { AuthenticationRequest } from '@omnitron-dev/netron';

/** Identity of an authenticated caller. */
export interface AuthContext {
  /** Id of the user; never empty. */
  readonly userId: string;
  readonly roles?: readonly string[];
  /** Permissions in addition to those of the roles, as `resource:action`. */
  readonly permissions?: readonly string[];
  /** Expiry of the identity, in milliseconds since 1970. Absent: it does not expire. */
  readonly expiresAt?: number;
  /** Time at which its token was issued, in milliseconds since 1970. Absent: it counts as issued before every revocation of its user. */
  readonly issuedAt?: number;
  /** Id of the token (`jti`) or of the API key. A revocation by it lasts as long as `Revocations` keeps it; a key is also deleted. */
  readonly tokenId?: string;
  readonly tenant?: string;
}

/** The known facts about a caller that presents credentials. */
export type AuthRequest = AuthenticationRequest;

/** User that a token is created for. */
export interface TokenUser {
  readonly id: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly tenant?: string;
}

/** Identifies the owner of a token. */
export interface AuthProvider {
  /**
   * Returns the identity for `token`.
   *
   * @throws NetronError `unauthenticated` when the token is not valid, `unavailable` when it cannot be checked now
   */
  authenticate(token: string, request?: AuthRequest): Promise<AuthContext>;
  createToken?(user: TokenUser): Promise<string>;
  /**
   * Returns the identity of a caller without a token, by the facts of its connection; `undefined` when they identify nobody.
   *
   * @throws as `authenticate` does
   */
  identify?(request: AuthRequest): AuthContext | undefined | Promise<AuthContext | undefined>;
}

/** Decides whether an identity may do something. */
export interface AuthzProvider {
  /** Resolves to `true` when the action is allowed. Callers do not learn the details of an error, unless it is a `NetronError`. */
  authorize(context: AuthContext, resource: string, action: string): Promise<boolean>;
}
