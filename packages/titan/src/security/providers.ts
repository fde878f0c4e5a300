import type { Server, Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import type { AuthProvider, AuthzProvider, FailedAttemptsOptions, Revocations } from '@omnitron-dev/netron-auth/identity';
import type { HealthCheck } from '../util/health-check.js';

/** Encrypts connections of the transport `tls`, on either end. */
export interface EncryptionProvider {
  /** Returns a TLS server that takes over the connections of `server`. */
  createSecureServer(server: Server): Promise<TlsServer>;
  /** @param servername the name, or the IP address, that the other end's certificate has to have */
  createSecureClient(socket: Socket, servername?: string): Promise<TLSSocket>;
}

/** Answer of a limiter. */
export interface RateLimitResult {
  readonly allowed: boolean;
  /** Number of calls left in the window. */
  readonly remaining: number;
  /** Time, in milliseconds since 1970, of the next allowed call, or of an empty window. */
  readonly reset: number;
}

/** Counts calls by key. */
export interface CallLimiter {
  /** @param cost calls that this one counts for; 0 only asks what remains, of members that have several limits. Default 1 */
  checkLimit(key: string, cost?: number): RateLimitResult | Promise<RateLimitResult>;
  /** Reports the health of its store, if it has one, as the check `limits` of the application. */
  health?(): HealthCheck | Promise<HealthCheck>;
}

/** Security providers of a node. */
export interface NetronSecurity {
  readonly authentication: AuthProvider;
  readonly authorization: AuthzProvider;
  readonly encryption: EncryptionProvider;
  readonly rateLimit: CallLimiter;
}

/** Security of an application. */
export interface SecurityOptions extends Partial<Omit<NetronSecurity, 'authentication' | 'rateLimit'>> {
  /** One provider, or several by name: `@RequireAuth({ provider: 'jwt' })` requires one of them. */
  readonly authentication?: AuthProvider | { readonly [name: string]: AuthProvider };
  /** Creates the limiter of a rule, for limits that several nodes share. Default: in memory. */
  readonly rateLimit?: (rule: { readonly limit: number; readonly window: number }) => CallLimiter;
  /** Accepts callers without credentials; members with rules refuse them. Default `true`. */
  readonly anonymous?: boolean;
  /** Timeout of a provider in milliseconds; then the login, or the call, fails with `unavailable`. Default 4,000. */
  readonly authenticationTimeout?: number;
  /** Limit of failed logins by address; `false` for none. Default: 10 in a minute. */
  readonly attempts?: FailedAttemptsOptions | false;
  /**
   * Revoked tokens and users, shared with providers and other nodes. Default: only for this application. It is a token:
   * `constructor(private revocations: Revocations)`.
   */
  readonly revocations?: Revocations;
}
