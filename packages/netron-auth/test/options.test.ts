import { describe, expect, it } from 'vitest';
import {
  ApiKeyAuthProvider,
  authenticator,
  CertificateAuthProvider,
  JwtAuthProvider,
  RbacAuthzProvider,
  RefreshTokens,
  Revocations,
} from '../src/index.js';

const secret = 'a secret of thirty-two bytes, or more';
const given = { secret, issuer: 'shop' };
const keys = new ApiKeyAuthProvider();
const jwt = new JwtAuthProvider(given);
/** Options as passed by a program without types. */
const untyped = (options: object) => options as never;

describe('options that are unknown or of another type are refused', () => {
  it.each<[string, () => unknown, string]>([
    [
      'JwtAuthProvider',
      () => new JwtAuthProvider(untyped({ ...given, audiance: 'shop' })),
      "JwtAuthProvider: unknown option 'audiance'; did you mean 'audience'?",
    ],
    [
      'JwtAuthProvider without options',
      () => new JwtAuthProvider(untyped(undefined as never)),
      'JwtAuthProvider: options must be an object (',
    ],
    ['claims', () => new JwtAuthProvider({ ...given, claims: untyped({ role: 'r' }) }), "did you mean 'roles'?"],
    [
      'keySet',
      () => new JwtAuthProvider({ jwks: 'https://id.example', issuer: 'shop', keySet: untyped({ coldown: 1 }) }),
      "keySet: unknown option 'coldown'; did you mean 'cooldown'?",
    ],
    ['ApiKeyAuthProvider', () => new ApiKeyAuthProvider(untyped({ prefx: 'k' })), "did you mean 'prefix'?"],
    ['CertificateAuthProvider', () => new CertificateAuthProvider(untyped({ usr: () => undefined })), "did you mean 'user'?"],
    [
      'the user of certificates',
      () => new CertificateAuthProvider(untyped({ user: 'ada' })),
      'user must be a function, not a string',
    ],
    ['RefreshTokens', () => new RefreshTokens(untyped({ provider: jwt, expireIn: 5 })), "did you mean 'expiresIn'?"],
    ['Revocations', () => new Revocations(untyped({ kep: 5 })), "did you mean 'keep'?"],
    ['authenticator', () => authenticator(jwt, untyped({ revocation: new Revocations() })), "did you mean 'revocations'?"],
    ['a function for a provider', () => authenticator(untyped(() => ({ userId: 'ada' }))), 'such as { authenticate: '],
    ['nothing for a provider', () => authenticator(untyped(null as never)), 'not null'],
    ['a list with something else', () => authenticator(untyped([jwt, null])), "authentication provider '1' must have a method"],
    ['a named provider', () => authenticator(untyped({ jwt, keys: 5 })), "authentication provider 'keys' must have a method"],
    [
      'attempts',
      () => authenticator(jwt, { attempts: untyped({ limt: 3 }) }),
      "attempts: unknown option 'limt'; did you mean 'limit'?",
    ],
    ['a role', () => new RbacAuthzProvider({ admin: untyped({ permission: ['*'] }) }), "role 'admin': unknown option"],
    ['createKey', () => keys.createKey({ id: 'ada' }, untyped({ expires: 5 })), "createKey: unknown option 'expires'"],
    ['createToken', () => jwt.createToken({ id: 'ada' }, untyped({ expires: 5 })), "createToken: unknown option 'expires'"],
  ])('%s', async (_, act, text) => {
    const error = await Promise.resolve()
      .then(act)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(text);
  });
  it.each<[string, (value: never) => unknown]>([
    ['expiresIn', (expiresIn) => new RefreshTokens({ provider: jwt, expiresIn })],
    ['accessExpiresIn', (accessExpiresIn) => new RefreshTokens({ provider: jwt, accessExpiresIn })],
    ['keep', (keep) => new Revocations({ keep })],
    ['max', (max) => new Revocations({ max })],
    ['maxLength', (maxLength) => new JwtAuthProvider({ ...given, maxLength })],
    ['cache', (cache) => new JwtAuthProvider({ ...given, cache })],
    ['keySet.cooldown', (cooldown) => new JwtAuthProvider({ jwks: 'https://id.example', issuer: 'shop', keySet: { cooldown } })],
    ['attempts.window', (window) => authenticator(jwt, { attempts: { window } })],
  ])('%s is no bound when it is no number, or below 0', (name, make) => {
    for (const value of [Number.NaN, -1, {}])
      expect(() => make(untyped(value as object))).toThrow(new RegExp(`${name} must be a (?:positive|non-negative) number`));
  });
  it('a time beyond the range of timers is refused: it would be over at once', () => {
    for (const timeout of [2 ** 31, Infinity, Number.NaN])
      expect(() => authenticator(jwt, { timeout })).toThrow('timeout must be a positive number of milliseconds, at most 24 days');
  });
  it.each([Number.NaN, 0, '60'])('a token is not created with the lifetime %s', async (expiresIn) => {
    await expect(jwt.createToken({ id: 'ada' }, untyped({ expiresIn }))).rejects.toThrow(RangeError);
  });
  it('known options are accepted', async () => {
    const provider = new JwtAuthProvider({ ...given, audience: 'shop', claims: { roles: 'r' }, keySet: { cooldown: 5 } });
    expect(await provider.authenticate(await provider.createToken({ id: 'ada' }))).toMatchObject({ userId: 'ada' });
  });
});

describe('options are read once, when they are given', () => {
  /** A record that only inherits `options`. */
  const inheriting = <T extends object>(options: T): T => Object.create(options) as T;

  it('inherited ones count', async () => {
    const provider = new JwtAuthProvider(inheriting({ ...given, expiresIn: 60_000 }));
    const token = await provider.createToken({ id: 'ann' });
    const { issuedAt = 0, expiresAt } = await provider.authenticate(token);
    expect(expiresAt).toBe(issuedAt + 60_000);
    const tokens = new RefreshTokens(inheriting({ provider, accessExpiresIn: 5_000 }));
    expect((await tokens.login({ id: 'ann' })).expiresInMs).toBe(5_000);
    const known = authenticator(provider, inheriting({ anonymous: true }));
    expect(await known(undefined, { id: 'a', address: '127.0.0.1', transport: 'tcp' } as never)).toBeUndefined();
  });

  it('inherited names that are not options are refused', () => {
    expect(() => new JwtAuthProvider(inheriting(untyped({ ...given, audiance: 'shop' })))).toThrow("did you mean 'audience'?");
    expect(() => new RefreshTokens(inheriting(untyped({ provider: jwt, stor: 1 })))).toThrow("did you mean 'store'?");
  });

  it('instances with getters are refused: their values would be left out', () => {
    class Given {
      secret = secret;
      get issuer() {
        return 'shop';
      }
    }
    expect(() => new JwtAuthProvider(new Given())).toThrow('must be a plain object, not an object of class Given');
  });
});
