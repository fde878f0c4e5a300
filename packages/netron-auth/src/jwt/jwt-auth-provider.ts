import { checkOptions, NetronError } from '@omnitron-dev/netron';
import {
  type CryptoKey,
  createLocalJWKSet,
  type FlattenedJWSInput,
  importJWK,
  importPKCS8,
  importSPKI,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
  type JWTVerifyOptions,
  jwtVerify,
  type KeyObject,
  SignJWT,
} from 'jose';
import type { AuthContext, AuthProvider, TokenUser } from '../identity/auth-provider.js';
import { refusal } from '../identity/refusal.js';
import { checkRights } from '../identity/rights.js';
import { claimsOf, contextOf } from './claims.js';
import { algorithmsOf, bytesOf, type JwtOptions, type Key, readJwtOptions } from './jwt-options.js';
import { RemoteKeySet } from './remote-key-set.js';
import { VerifiedTokens } from './verified-tokens.js';

type Usable = CryptoKey | KeyObject | Uint8Array | JWK;
type KeySource = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Usable | Promise<Usable>;

/**
 * Verifies JSON Web Tokens, and creates them when it has a signing key. Algorithms are pinned; issuer, audience, expiry and type are always
 * checked; header fields that contain or reference keys are ignored.
 *
 * ```ts
 * const provider = new JwtAuthProvider({ jwks: 'https://id.example/keys', issuer: 'https://id.example', audience: 'shop' });
 * ```
 *
 * @source RFC 7519, RFC 8725
 */
export class JwtAuthProvider implements AuthProvider {
  readonly #options: JwtOptions;
  readonly #algorithms: readonly string[];
  readonly #keys: KeySource;
  readonly #verified: VerifiedTokens;
  readonly #now: () => number;

  /** @throws TypeError or RangeError when an option is invalid */
  constructor(options: JwtOptions);
  /** Uses a shared secret with `HS256`. */
  constructor(secret: string, issuer: string);
  constructor(first: JwtOptions | string, issuer = '') {
    this.#options = readJwtOptions(typeof first === 'string' ? { secret: first, issuer } : first);
    this.#algorithms = algorithmsOf(this.#options);
    this.#keys = keySource(this.#options, this.#algorithms);
    this.#verified = new VerifiedTokens(this.#options.cache ?? 10_000);
    this.#now = this.#options.now ?? Date.now;
  }

  /**
   * Returns the identity for `token`.
   *
   * @throws NetronError `unauthenticated`, with one message for all reasons; `unavailable` when no key can be fetched
   */
  async authenticate(token: string): Promise<AuthContext> {
    if (typeof token !== 'string' || token.length > (this.#options.maxLength ?? 8_192)) throw refusal();
    const now = this.#now();
    let verified = this.#verified.get(token, now);
    if (verified === undefined) {
      verified = await this.#verify(token, now);
      this.#verified.add(token, verified);
    }
    if (this.#options.revocations?.has(verified)) throw refusal();
    return verified;
  }

  /**
   * Creates a signed token for `user`, with a unique id and the lifetime `expiresIn`.
   *
   * @throws NetronError `failed_precondition` when there is no signing key; TypeError or RangeError for invalid options, or when roles and
   *   permissions are not lists of strings
   */
  async createToken(user: TokenUser, options: { readonly expiresIn?: number } = {}): Promise<string> {
    checkOptions('createToken', options, { expiresIn: true });
    checkRights('createToken', user);
    const { expiresIn = this.#options.expiresIn ?? 24 * 60 * 60_000 } = options;
    if (!(typeof expiresIn === 'number' && expiresIn > 0))
      throw new RangeError(`expiresIn must be a positive number of milliseconds, not ${expiresIn}`);
    const { issuer, audience, type, keyId, claims = {}, secret, signingKey = secret } = this.#options;
    if (signingKey === undefined) throw new NetronError('failed_precondition', 'creating tokens requires the option signingKey');
    const algorithm = this.#options.signingAlgorithm ?? this.#algorithms[0] ?? '';
    const issued = Math.floor(this.#now() / 1_000);
    const token = new SignJWT(claimsOf(user, claims))
      .setProtectedHeader({ alg: algorithm, typ: type ?? 'JWT', ...(keyId !== undefined && { kid: keyId }) })
      .setSubject(user.id)
      .setIssuer(issuer)
      .setIssuedAt(issued)
      .setExpirationTime(issued + Math.ceil(expiresIn / 1_000))
      .setJti(crypto.randomUUID());
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(await importKey(signingKey, algorithm, 'private'));
  }

  async #verify(token: string, now: number): Promise<AuthContext> {
    const { issuer, audience, type, leeway = 5_000, claims = {} } = this.#options;
    const options: JWTVerifyOptions = {
      algorithms: [...this.#algorithms],
      issuer,
      clockTolerance: leeway / 1_000,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub'],
      ...(audience !== undefined && { audience }),
      ...(type !== undefined && { typ: type }),
    };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys, options);
      if (audience === undefined && payload.aud !== undefined) throw new TypeError('unexpected audience in the token');
      const typ = protectedHeader.typ;
      if (type === undefined && typ !== undefined && typ.toUpperCase() !== 'JWT')
        throw new TypeError(`unexpected token type '${typ}'`);
      if ((payload.exp ?? 0) * 1_000 <= now) throw new TypeError('the token has expired');
      if ((payload.iat ?? 0) * 1_000 > now + leeway) throw new TypeError('the token was issued in the future');
      return contextOf(payload, claims);
    } catch (error) {
      throw NetronError.is(error, 'unavailable') ? error : refusal(error);
    }
  }
}

function keySource(options: JwtOptions, algorithms: readonly string[]): KeySource {
  const { jwks, publicKey, secret, keySet } = options;
  if (secret !== undefined) return () => bytesOf(secret);
  if (publicKey !== undefined) {
    const imported = new Map<string, Promise<Usable>>();
    return ({ alg = '' }) => {
      // `alg` has been checked against the accepted algorithms before.
      const key = imported.get(alg) ?? importKey(publicKey, alg, 'public');
      imported.set(alg, key);
      return key;
    };
  }
  if (typeof jwks === 'string' || jwks instanceof URL) return new RemoteKeySet(jwks, keySet).get;
  const known = createLocalJWKSet(jwks as JSONWebKeySet);
  return (header, token) => {
    if (header.alg === undefined || !algorithms.includes(header.alg)) throw new TypeError(`unexpected algorithm '${header.alg}'`);
    return known(header, token);
  };
}

async function importKey(key: Key, algorithm: string, kind: 'public' | 'private'): Promise<Usable> {
  if (/^HS/.test(algorithm)) return typeof key === 'string' || key instanceof Uint8Array ? bytesOf(key) : (key as Usable);
  if (typeof key === 'string') return kind === 'public' ? importSPKI(key, algorithm) : importPKCS8(key, algorithm);
  if (key instanceof Uint8Array) throw new TypeError(`algorithm '${algorithm}' requires a ${kind} key, not bytes`);
  return 'kty' in key ? importJWK(key, algorithm) : key;
}
