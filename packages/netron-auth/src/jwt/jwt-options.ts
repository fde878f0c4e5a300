import { checkOptions, isLoopback, type OptionNames } from '@omnitron-dev/netron';
import type { CryptoKey, JSONWebKeySet, JWK, KeyObject } from 'jose';
import { checkPositive } from '../identity/numbers.js';
import type { Revocations } from '../identity/revocations.js';
import { readSettings } from '../identity/settings.js';
import type { ClaimNames } from './claims.js';
import type { RemoteKeySetOptions } from './remote-key-set.js';

/** Key of one algorithm: a secret as a string or bytes, a JWK, or an imported key. */
export type Key = string | Uint8Array | JWK | CryptoKey | KeyObject;

/** Keys for verifying tokens: exactly one of the three options. */
export type VerificationKeys =
  /** Address of the issuer's key set, or the set itself. `https:`, or `http:` on this machine. */
  | { readonly jwks: string | URL | JSONWebKeySet; readonly publicKey?: never; readonly secret?: never }
  | { readonly publicKey: Key; readonly jwks?: never; readonly secret?: never }
  /** Shared secret of at least 32 bytes. Anyone who can verify with it can also sign: prefer a public key. */
  | { readonly secret: string | Uint8Array; readonly jwks?: never; readonly publicKey?: never };

/** Options of `JwtAuthProvider`. */
export type JwtOptions = VerificationKeys & {
  /** Accepted issuer (`iss`). */
  readonly issuer: string;
  /** Accepted audience (`aud`). Absent: tokens with an audience are refused, since they are meant for another service. */
  readonly audience?: string;
  /**
   * Accepted algorithms. Default: `HS256` for a secret, otherwise `RS256`, `PS256`, `ES256`, `EdDSA` and `Ed25519`. Never taken from the
   * token; secrets and public keys cannot be mixed.
   */
  readonly algorithms?: readonly string[];
  /** Accepted type of the token's header (`typ`), for instance `at+jwt`. Default: `JWT`, or no type. */
  readonly type?: string;
  /**
   * Milliseconds by which the issuer's clock may be ahead (claims `nbf` and `iat`), at most 60,000. Default 5,000. Does not apply to the
   * expiry (`exp`).
   */
  readonly leeway?: number;
  /** Most characters of a token; a longer one is refused before it is parsed. Default 8,192. */
  readonly maxLength?: number;
  readonly claims?: ClaimNames;
  /** Private key or secret with which `createToken` signs. Default: the secret, if there is one. */
  readonly signingKey?: Key;
  /** Algorithm of `createToken`. Default: the first of `algorithms`. */
  readonly signingAlgorithm?: string;
  /** Key id (`kid`) in tokens from `createToken`. */
  readonly keyId?: string;
  /** Lifetime of a created token, in milliseconds. Default 24 h. Prefer minutes, together with refresh tokens. */
  readonly expiresIn?: number;
  readonly revocations?: Revocations;
  /** Most verified tokens that are cached until they expire. Default 10,000; 0 verifies each time. */
  readonly cache?: number;
  readonly keySet?: RemoteKeySetOptions;
  /** Returns the wall-clock time in milliseconds. */
  readonly now?: () => number;
};

const asymmetric = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

const names: OptionNames<JwtOptions> = {
  algorithms: true,
  audience: true,
  cache: true,
  claims: true,
  expiresIn: true,
  issuer: true,
  jwks: true,
  keyId: true,
  keySet: true,
  leeway: true,
  maxLength: true,
  now: true,
  publicKey: true,
  revocations: true,
  secret: true,
  signingAlgorithm: true,
  signingKey: true,
  type: true,
};
const namesOfClaims: OptionNames<ClaimNames> = { permissions: true, roles: true, tenant: true };

/**
 * Reads options once.
 *
 * @throws TypeError when `given` is not an object, or an option is unknown
 */
export function readJwtOptions(given: JwtOptions): JwtOptions {
  return readSettings('JwtAuthProvider', given, names);
}

/**
 * Checks the options and returns the accepted algorithms.
 *
 * @throws TypeError or RangeError that names the option, the expected value and the actual one
 */
export function algorithmsOf(options: JwtOptions): readonly string[] {
  checkOptions('JwtAuthProvider: claims', options.claims, namesOfClaims);
  const sources = [options.jwks, options.publicKey, options.secret].filter((source) => source !== undefined);
  if (sources.length !== 1) throw new TypeError(`expected exactly one of jwks, publicKey and secret, got ${sources.length}`);
  if (typeof options.issuer !== 'string' || options.issuer === '') throw new TypeError('issuer must be a non-empty string');
  const leeway = options.leeway ?? 5_000;
  if (!(leeway >= 0 && leeway <= 60_000)) throw new RangeError(`leeway must be between 0 and 60,000 ms, not ${leeway}`);
  checkPositive('maxLength', options.maxLength ?? 1);
  if (!((options.cache ?? 0) >= 0)) throw new RangeError(`cache must be a non-negative number, not ${options.cache}`);
  const algorithms = options.algorithms ?? (options.secret === undefined ? asymmetric : ['HS256']);
  if (algorithms.length === 0) throw new TypeError('algorithms must not be empty');
  for (const algorithm of algorithms) {
    if (algorithm.toLowerCase() === 'none') throw new TypeError("algorithm 'none' is not allowed");
    if (/^HS/.test(algorithm) !== (options.secret !== undefined)) {
      throw new TypeError(
        `algorithm '${algorithm}' cannot be used with ${options.secret === undefined ? 'public keys' : 'a secret'}`,
      );
    }
  }
  if (options.secret !== undefined && bytesOf(options.secret).length < 32) {
    throw new RangeError(`secret must have at least 32 bytes, not ${bytesOf(options.secret).length}`);
  }
  if (typeof options.jwks === 'string' || options.jwks instanceof URL) {
    checkSafe('jwks', new URL(options.jwks));
  }
  return algorithms;
}

export function bytesOf(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
}

/** Whether an address belongs to this machine. */
export const isLocal = ({ hostname }: URL): boolean => isLoopback(hostname);

/** @throws TypeError when an address neither uses https nor belongs to this machine */
export function checkSafe(name: string, url: URL): void {
  const { protocol, hostname } = url;
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal(url)))
    throw new TypeError(`${name} must be an https: URL, not ${protocol}//${hostname}`);
}
