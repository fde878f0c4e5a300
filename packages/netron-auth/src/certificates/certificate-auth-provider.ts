import { type ClientCertificate, checkOptions } from '@omnitron-dev/netron';
import type { AuthContext, AuthProvider, AuthRequest, TokenUser } from '../identity/auth-provider.js';
import { refusal } from '../identity/refusal.js';

/** Options of `CertificateAuthProvider`. */
export interface CertificateOptions {
  /**
   * Returns the user of a certificate; `undefined` for one that identifies no user. Default: a user without roles, whose id is the first
   * `URI:` name, otherwise the first `DNS:` name, without its kind. Common names are ignored.
   */
  readonly user?: (certificate: ClientCertificate) => TokenUser | undefined | Promise<TokenUser | undefined>;
}

/**
 * Identifies callers by the certificates of their connections: mutual TLS between services. Listeners must request certificates with `tls:
 * { requestCert: true, ca }`. A token takes precedence over the certificate and is checked by the other providers.
 *
 * An identity expires with its certificate. Its `tokenId` is the certificate's fingerprint, by which it can be revoked.
 *
 * ```ts
 * new CertificateAuthProvider({ user: ({ names }) => (names.includes('DNS:billing') ? { id: 'billing', roles: ['service'] } : undefined) });
 * ```
 */
export class CertificateAuthProvider implements AuthProvider {
  readonly #user: NonNullable<CertificateOptions['user']>;

  /** @throws TypeError when an option is unknown, or `user` is not a function */
  constructor(options: CertificateOptions = {}) {
    checkOptions('CertificateAuthProvider', options, { user: true });
    const { user = byName } = options;
    if (typeof user !== 'function') throw new TypeError(`CertificateAuthProvider: user must be a function, not a ${typeof user}`);
    this.#user = user;
  }

  /** Refuses every token: only a connection proves a certificate. */
  async authenticate(): Promise<AuthContext> {
    throw refusal();
  }

  /** Returns the identity for the certificate of a connection; `undefined` when there is none, or it identifies no user. */
  async identify({ certificate }: AuthRequest): Promise<AuthContext | undefined> {
    const user = certificate && (await this.#user(certificate));
    if (!user) return undefined;
    const { id: userId, roles, permissions, tenant } = user;
    const { fingerprint: tokenId, issuedAt, expiresAt } = certificate;
    return {
      userId,
      tokenId,
      issuedAt,
      expiresAt,
      ...(roles && { roles }),
      ...(permissions && { permissions }),
      ...(tenant !== undefined && { tenant }),
    };
  }
}

function byName({ names }: ClientCertificate): TokenUser | undefined {
  for (const kind of ['URI:', 'DNS:']) {
    const name = names.find((each) => each.startsWith(kind))?.slice(kind.length);
    if (name) return { id: name };
  }
  return undefined;
}
