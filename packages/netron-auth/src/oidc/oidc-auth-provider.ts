import { NetronError, type OptionNames } from '@omnitron-dev/netron';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  clientCredentialsGrant,
  customFetch,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  type TokenEndpointResponse,
  tokenIntrospection,
} from 'openid-client';
import type { AuthContext, AuthProvider } from '../identity/auth-provider.js';
import { checkTimeout } from '../identity/numbers.js';
import { refusal } from '../identity/refusal.js';
import { readSettings } from '../identity/settings.js';
import { type ClaimNames, contextOf } from '../jwt/claims.js';
import { JwtAuthProvider } from '../jwt/jwt-auth-provider.js';
import { checkSafe, type JwtOptions } from '../jwt/jwt-options.js';
import { fetchOfProvider, isRefusal, outageIn } from './provider-fetch.js';

/** Options of `OidcAuthProvider`. */
export interface OidcOptions extends Pick<JwtOptions, 'algorithms' | 'leeway' | 'revocations' | 'type' | 'keySet'> {
  /** Address of the OpenID provider; `https:`, or `http:` on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client, which PKCE alone protects. */
  readonly clientSecret?: string;
  /** Audience of access tokens for this service. Default: the client's id. */
  readonly audience?: string;
  /** Address to which the provider sends the user back. Required for `startLogin`. */
  readonly redirectUri?: string;
  /** Names of the claims in tokens of any kind. Default of `permissions`: the claim `permissions`, or `scope` when a token has none. */
  readonly claims?: ClaimNames;
  /** Default `openid`. */
  readonly scope?: string;
  /** Milliseconds for an answer of the provider. Default 5,000. */
  readonly timeout?: number;
}

const names: OptionNames<OidcOptions> = {
  algorithms: true,
  audience: true,
  claims: true,
  clientId: true,
  clientSecret: true,
  issuer: true,
  keySet: true,
  leeway: true,
  redirectUri: true,
  revocations: true,
  scope: true,
  timeout: true,
  type: true,
};

/** Secrets of one login, to be kept in the user's session until the user returns. */
export interface LoginChecks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Tokens of a login or a renewal. */
export interface OidcTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  /** Lifetime of the access token, in milliseconds. */
  readonly expiresInMs?: number;
  /** Identity in the ID token. */
  readonly user?: AuthContext;
}

/**
 * OpenID Connect: login by authorization code with PKCE, renewal, and verification of access tokens. JWTs are verified with the provider's
 * keys, other tokens by introspection.
 *
 * ```ts
 * const oidc = await OidcAuthProvider.discover({ issuer: 'https://id.example', clientId: 'shop', audience: 'https://api.example' });
 * ```
 *
 * @source OpenID Connect Core 1.0; RFC 7636, RFC 7662, RFC 9068
 */
export class OidcAuthProvider implements AuthProvider {
  readonly #configuration: Configuration;
  readonly #options: OidcOptions;
  readonly #jwt: JwtAuthProvider | undefined;

  private constructor(configuration: Configuration, options: OidcOptions, jwt: JwtAuthProvider | undefined) {
    this.#configuration = configuration;
    this.#options = options;
    this.#jwt = jwt;
  }

  /**
   * Fetches the provider's metadata.
   *
   * @throws NetronError `unavailable` when it cannot be fetched, `failed_precondition` when it does not belong to this issuer; TypeError or
   *   RangeError when an option is invalid, or the issuer's address neither uses https nor belongs to this machine
   */
  static async discover(given: OidcOptions): Promise<OidcAuthProvider> {
    const options = readSettings('OidcAuthProvider', given, names);
    const { issuer, clientId, clientSecret, timeout = 5_000 } = options;
    if (!URL.canParse(issuer)) throw new TypeError(`issuer must be an https: URL, not '${String(issuer)}'`);
    const address = new URL(issuer);
    checkSafe('issuer', address);
    const ms = checkTimeout('timeout', timeout);
    let configuration: Configuration;
    let keys: URL | undefined;
    try {
      configuration = await discovery(address, clientId, clientSecret, clientSecret === undefined ? None() : undefined, {
        [customFetch]: fetchOfProvider(ms),
        ...(address.protocol === 'http:' && { execute: [allowInsecureRequests] }),
      });
      const { jwks_uri } = configuration.serverMetadata();
      keys = jwks_uri === undefined ? undefined : new URL(jwks_uri);
      if (keys) checkSafe('jwks_uri', keys);
    } catch (cause) {
      if (outageIn(cause)) throw new NetronError('unavailable', `cannot fetch the metadata of ${issuer}`, { cause });
      throw new NetronError('failed_precondition', `invalid metadata of ${issuer}`, { cause });
    }
    return new OidcAuthProvider(configuration, options, keys && verifierOf(keys, configuration.serverMetadata().issuer, options));
  }

  /**
   * @throws NetronError `unauthenticated`, with one message for all reasons; `unavailable` when the provider does not answer, or refuses
   *   this client
   */
  async authenticate(token: string): Promise<AuthContext> {
    if (typeof token !== 'string' || token === '' || token.length > 8_192) throw refusal();
    const isJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
    if (isJwt && this.#jwt !== undefined) return this.#jwt.authenticate(token);
    return this.#introspect(token);
  }

  /**
   * Returns the address to which to send the user, and the secrets to keep until the user returns.
   *
   * @param parameters further parameters of the request, such as `scope`; they cannot replace the ones that make it secure
   */
  async startLogin(parameters: Readonly<Record<string, string>> = {}): Promise<{ url: URL; checks: LoginChecks }> {
    const { redirectUri, scope = 'openid' } = this.#options;
    if (redirectUri === undefined) throw new NetronError('failed_precondition', 'logins require the option redirectUri');
    const checks = { state: randomState(), nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
    const url = buildAuthorizationUrl(this.#configuration, {
      redirect_uri: redirectUri,
      scope,
      ...parameters,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, checks };
  }

  /**
   * Exchanges the code with which the user has returned.
   *
   * @param url address of the user's request, with its query
   * @throws NetronError `unauthenticated` when the answer does not belong to this login or is refused; `unavailable` when the provider does
   *   not answer now
   */
  async finishLogin(url: URL, checks: LoginChecks): Promise<OidcTokens> {
    return this.#tokens(
      authorizationCodeGrant(this.#configuration, url, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
      }),
    );
  }

  /** Renews tokens. @throws NetronError `unauthenticated` when the provider refuses, `unavailable` when it does not answer now */
  async refresh(refreshToken: string): Promise<OidcTokens> {
    return this.#tokens(refreshTokenGrant(this.#configuration, refreshToken));
  }

  /** Obtains an access token for this service itself. @throws NetronError as `refresh` does */
  async clientCredentials(parameters: Readonly<Record<string, string>> = {}): Promise<OidcTokens> {
    return this.#tokens(clientCredentialsGrant(this.#configuration, { ...parameters }));
  }

  async #tokens(grant: Promise<TokenEndpointResponse & { claims?(): object | undefined }>): Promise<OidcTokens> {
    try {
      const response = await grant;
      const claims = response.claims?.();
      return {
        accessToken: response.access_token,
        ...(response.refresh_token !== undefined && { refreshToken: response.refresh_token }),
        ...(response.id_token !== undefined && { idToken: response.id_token }),
        ...(response.expires_in !== undefined && { expiresInMs: response.expires_in * 1_000 }),
        ...(claims && { user: contextOf({ ...claims }, claimsOf(this.#options)) }),
      };
    } catch (cause) {
      if (outageIn(cause)) throw new NetronError('unavailable', 'the OpenID provider is not available', { cause });
      throw refusal(cause);
    }
  }

  async #introspect(token: string): Promise<AuthContext> {
    // A provider without introspection issues only JWTs.
    if (this.#configuration.serverMetadata().introspection_endpoint === undefined) throw refusal();
    let facts: Awaited<ReturnType<typeof tokenIntrospection>>;
    try {
      facts = await tokenIntrospection(this.#configuration, token);
    } catch (cause) {
      if (isRefusal(cause)) throw refusal(cause);
      throw new NetronError('unavailable', 'cannot verify the token at the moment', { cause });
    }
    const audience = this.#options.audience ?? this.#options.clientId;
    const meant = facts.aud === undefined ? facts.client_id === audience : [facts.aud].flat().includes(audience);
    if (!facts.active || !meant) throw refusal();
    const context = this.#contextOf(facts);
    if (this.#options.revocations?.has(context)) throw refusal();
    return context;
  }

  /** @throws NetronError `unauthenticated` when the provider names no user */
  #contextOf(facts: Awaited<ReturnType<typeof tokenIntrospection>>): AuthContext {
    try {
      // The token of a client for itself has the client as its subject.
      return contextOf({ ...facts, sub: facts.sub ?? facts.client_id ?? '' }, claimsOf(this.#options));
    } catch (cause) {
      throw refusal(cause);
    }
  }
}

/** Names of claims, the same for all kinds of tokens. */
const claimsOf = ({ claims }: OidcOptions): ClaimNames => ({ permissions: ['permissions', 'scope'], ...claims });

/** Creates the verifier for an issuer's JWTs. */
function verifierOf(jwks: URL, issuer: string, options: OidcOptions): JwtAuthProvider {
  const { audience = options.clientId, type = 'at+jwt', algorithms, leeway, revocations, keySet } = options;
  return new JwtAuthProvider({
    jwks,
    issuer,
    audience,
    type,
    ...(algorithms && { algorithms }),
    claims: claimsOf(options),
    ...(leeway !== undefined && { leeway }),
    ...(revocations && { revocations }),
    ...(keySet && { keySet }),
  });
}
