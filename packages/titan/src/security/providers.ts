import type { Server, Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import type { AuthProvider, AuthzProvider, FailedAttemptsOptions, Revocations } from '@omnitron-dev/netron-auth/identity';
import type { HealthCheck } from '../util/health-check.js';

/** Makes connections that nobody else can read: those of the transport `tls`, on either end. */
export interface EncryptionProvider {
  /** A TLS server that takes the connections of `server`. */
  createSecureServer(server: Server): Promise<TlsServer>;
  /** @param servername the name, or the IP address, that the other end's certificate has to have */
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
  /** @param cost calls that this one counts for; 0 only asks what remains, of members that have several limits. Default 1 */
  checkLimit(key: string, cost?: number): RateLimitResult | Promise<RateLimitResult>;
  /** Reports the health of its store, if it has one: part of the application's, as `limits`. */
  health?(): HealthCheck | Promise<HealthCheck>;
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
  /** Milliseconds that a provider has to identify a caller; then the login, or the call, fails with `unavailable`. Default 4,000. */
  readonly authenticationTimeout?: number;
  /** Bounds failed logins by address; `false` does not. Default: 10 in a minute. */
  readonly attempts?: FailedAttemptsOptions | false;
  /**
   * Revoked tokens and users, to share them with providers and other nodes. Default: of this application alone. It is a
   * token: `constructor(private revocations: Revocations)`.
   */
  readonly revocations?: Revocations;
}
