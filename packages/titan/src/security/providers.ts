import type { Server, Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';

/** Identity of an authenticated caller. */
export interface AuthContext {
  /** Id of the user; never empty. */
  readonly userId: string;
  readonly roles?: readonly string[];
  /** Rights beside those of the roles, as `resource:action`. */
  readonly permissions?: readonly string[];
  /** End of the identity, in milliseconds since 1970. Absent: it does not end by itself. */
  readonly expiresAt?: number;
  /** Id of the token; it can be revoked by this id. */
  readonly tokenId?: string;
  readonly tenant?: string;
}

/** Caller that presents credentials, as far as it is known before. */
export interface AuthRequest {
  readonly id: string;
  readonly address: string;
  readonly transport?: string;
}

/** Tells who a token belongs to. `@omnitron-dev/netron-auth` has several. */
export interface AuthProvider {
  /** @throws when the token is not valid */
  authenticate(token: string, request?: AuthRequest): Promise<AuthContext>;
}

/** Tells whether an identity may do something. */
export interface AuthzProvider {
  authorize(context: AuthContext, resource: string, action: string): Promise<boolean>;
}

/** Makes connections that nobody else can read. */
export interface EncryptionProvider {
  /** A TLS server that takes the connections of `server`. */
  createSecureServer(server: Server): Promise<TlsServer>;
  /** @param servername the name that the other end's certificate has to have */
  createSecureClient(socket: Socket, servername?: string): Promise<TLSSocket>;
}

/** Answer of a limiter. */
export interface RateLimitResult {
  readonly allowed: boolean;
  /** Calls that are left in the window. */
  readonly remaining: number;
  /** Moment, in milliseconds since 1970, from which the next call is allowed, or the window is empty again. */
  readonly reset: number;
}

/** Counts calls by key. */
export interface CallLimiter {
  /** @param cost calls that this one counts for. Default 1 */
  checkLimit(key: string, cost?: number): RateLimitResult | Promise<RateLimitResult>;
}

/** Everything that secures a node. */
export interface NetronSecurity {
  readonly authentication: AuthProvider;
  readonly authorization: AuthzProvider;
  readonly encryption: EncryptionProvider;
  readonly rateLimit: CallLimiter;
}

/** Security of an application. */
export interface SecurityOptions extends Partial<Omit<NetronSecurity, 'authentication' | 'rateLimit'>> {
  /** One provider, or several by name: `@RequireAuth({ provider: 'jwt' })` asks for one of them. */
  readonly authentication?: AuthProvider | { readonly [name: string]: AuthProvider };
  /** Makes the limiter of a rule, for limits that several nodes share. Default: in memory. */
  readonly rateLimit?: (rule: { readonly limit: number; readonly window: number }) => CallLimiter;
  /** Lets callers without credentials in; members with rules refuse them. Default `true`. */
  readonly anonymous?: boolean;
}
