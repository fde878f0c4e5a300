import { NetronError } from '@omnitron-dev/netron';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { JwtAuthProvider, type JwtOptions, Revocations } from '../src/index.js';

const issuer = 'https://id.example';
const audience = 'shop';
const now = Date.UTC(2030, 0, 1);
const seconds = now / 1_000;
const secret = 'a secret of more than thirty-two bytes';

const pair = await generateKeyPair('RS256', { extractable: true });
const publicText = await exportSPKI(pair.publicKey);
const other = await generateKeyPair('RS256', { extractable: true });
const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256' };
const provider = new JwtAuthProvider({ jwks: { keys: [jwk] }, issuer, audience, now: () => now });

interface Change {
  readonly header?: object;
  readonly claims?: object;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

/** Signs a token that is valid except for the changes. */
function token({ header = {}, claims = {}, key = pair.privateKey }: Change = {}): Promise<string> {
  const payload = { sub: 'ada', iss: issuer, aud: audience, iat: seconds - 60, exp: seconds + 60, roles: ['admin'], ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(key);
}

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const refused = { code: 'unauthenticated', message: 'invalid token' };

describe('a valid token', () => {
  it('returns its identity', async () => {
    const claims = { jti: 't1', permissions: 'posts:read posts:write', tenant: 'acme' };
    expect(await provider.authenticate(await token({ claims }))).toEqual({
      userId: 'ada',
      roles: ['admin'],
      permissions: ['posts:read', 'posts:write'],
      expiresAt: now + 60_000,
      issuedAt: now - 60_000,
      tokenId: 't1',
      tenant: 'acme',
    });
  });

  it('may have other names of claims', async () => {
    const named = new JwtAuthProvider({
      jwks: { keys: [jwk] },
      issuer,
      audience,
      now: () => now,
      claims: { roles: 'realm_access.roles', tenant: 'https://acme.example/tenant' },
    });
    const claims = { realm_access: { roles: ['editor'] }, 'https://acme.example/tenant': 'acme' };
    expect(await named.authenticate(await token({ claims }))).toMatchObject({ roles: ['editor'], tenant: 'acme' });
  });

  it('is verified once, and refused as soon as it has expired or was revoked', async () => {
    let time = now;
    const revocations = new Revocations({ now: () => time });
    const checked = new JwtAuthProvider({ jwks: { keys: [jwk] }, issuer, audience, now: () => time, revocations, leeway: 0 });
    const text = await token({ claims: { jti: 't2' } });
    const first = await checked.authenticate(text);
    expect(await checked.authenticate(text)).toBe(first);
    revocations.revoke({ tokenId: 't2' });
    await expect(checked.authenticate(text)).rejects.toMatchObject(refused);
    const another = await token({ claims: { jti: 't3' } });
    await checked.authenticate(another);
    time += 60_000;
    await expect(checked.authenticate(another)).rejects.toMatchObject(refused);
  });
});

describe('E2: bad tokens are refused, with one text', () => {
  const bad: Record<string, () => Promise<string> | string> = {
    'no text': () => '',
    'not a token': () => 'hello',
    'two parts': async () => (await token()).split('.').slice(0, 2).join('.'),
    'four parts': async () => `${await token()}.x`,
    'alg none': () => `${encoded({ alg: 'none' })}.${encoded({ sub: 'ada', iss: issuer, aud: audience, exp: seconds + 60 })}.`,
    'alg NONE': () => `${encoded({ alg: 'NONE' })}.${encoded({ sub: 'ada', iss: issuer, aud: audience, exp: seconds + 60 })}.`,
    'HS256 with the public key': () => token({ header: { alg: 'HS256' }, key: new TextEncoder().encode(publicText) }),
    'the signature of another key': () => token({ key: other.privateKey }),
    'a changed claim': async () => {
      const [head, , signature] = (await token()).split('.');
      return `${head}.${encoded({ sub: 'eve', iss: issuer, aud: audience, exp: seconds + 60 })}.${signature}`;
    },
    'another issuer': () => token({ claims: { iss: 'https://evil.example' } }),
    'an issuer with a slash more': () => token({ claims: { iss: `${issuer}/` } }),
    'no issuer': () => token({ claims: { iss: undefined } }),
    'another audience': () => token({ claims: { aud: 'bank' } }),
    'no audience': () => token({ claims: { aud: undefined } }),
    'no subject': () => token({ claims: { sub: undefined } }),
    'an empty subject': () => token({ claims: { sub: '' } }),
    'no expiry': () => token({ claims: { exp: undefined } }),
    expired: () => token({ claims: { exp: seconds - 61 } }),
    'expired a moment ago': () => token({ claims: { exp: seconds } }),
    'not yet valid': () => token({ claims: { nbf: seconds + 61 } }),
    'issued in the future': () => token({ claims: { iat: seconds + 61 } }),
    'another type': () => token({ header: { typ: 'secevent+jwt' } }),
    'kid ../': () => token({ header: { kid: '../../etc/passwd' } }),
    'an unknown kid': () => token({ header: { kid: 'two' } }),
    'the attacker in jwk': async () => {
      const own = await exportJWK(other.publicKey);
      return token({ header: { kid: undefined, jwk: own }, key: other.privateKey });
    },
    'the attacker in jku': () => token({ header: { jku: 'https://evil.example/keys' }, key: other.privateKey }),
    'an unknown crit': async () => {
      const [, payload, signature] = (await token()).split('.');
      return `${encoded({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 })}.${payload}.${signature}`;
    },
    'roles that are no list of strings': () => token({ claims: { roles: [{ admin: true }] } }),
    'a megabyte': async () => token({ claims: { pad: 'x'.repeat(1_048_576) } }),
  };

  it.each(Object.entries(bad))('%s', async (_, make) => {
    await expect(provider.authenticate(await make())).rejects.toMatchObject(refused);
  });

  it('values that are not strings', async () => {
    for (const value of [undefined, null, 1, {}, []]) {
      await expect(provider.authenticate(value as unknown as string)).rejects.toMatchObject(refused);
    }
  });
});

describe('tokens of its own', () => {
  it('createToken lasts 24 hours unless told otherwise', async () => {
    let time = now;
    const own = new JwtAuthProvider({ secret, issuer, now: () => time, leeway: 0 });
    const text = await own.createToken({ id: 'ada', roles: ['admin'], permissions: ['a:b'] });
    expect(await own.authenticate(text)).toMatchObject({ userId: 'ada', roles: ['admin'], permissions: ['a:b'] });
    time += 24 * 60 * 60_000 - 1_000;
    await own.authenticate(text);
    time += 1_000;
    await expect(own.authenticate(text)).rejects.toMatchObject(refused);
  });

  it('accepts a secret and an issuer, as (secret, issuer)', async () => {
    const own = new JwtAuthProvider(secret, issuer);
    expect(await own.authenticate(await own.createToken({ id: 'ada' }))).toMatchObject({ userId: 'ada' });
  });

  it('signs with a private key that the verifier does not have', async () => {
    const signing = new JwtAuthProvider({
      publicKey: jwk,
      signingKey: pair.privateKey,
      keyId: 'one',
      issuer,
      audience,
      now: () => now,
    });
    expect(await provider.authenticate(await signing.createToken({ id: 'ada' }))).toMatchObject({ userId: 'ada' });
    await expect(provider.createToken({ id: 'ada' })).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  it('revoking a user ends tokens issued until then', async () => {
    let time = now;
    const revocations = new Revocations({ now: () => time });
    const own = new JwtAuthProvider({ secret, issuer, now: () => time, revocations });
    const before = await own.createToken({ id: 'ada' });
    revocations.revoke({ userId: 'ada' });
    await expect(own.authenticate(before)).rejects.toMatchObject(refused);
    time += 2_000;
    await expect(own.authenticate(await own.createToken({ id: 'ada' }))).resolves.toMatchObject({ userId: 'ada' });
  });
});

it.each<[string, unknown, RegExp]>([
  ['no key', { issuer }, /expected exactly one of jwks, publicKey and secret, got 0/],
  ['two keys', { issuer, secret, publicKey: jwk }, /got 2/],
  ['a short secret', { issuer, secret: 'short' }, /at least 32 bytes, not 5/],
  ['no issuer', { secret, issuer: '' }, /issuer/],
  ['none', { issuer, secret, algorithms: ['none'] }, /is not allowed/],
  ['HS with public keys', { issuer, publicKey: jwk, algorithms: ['RS256', 'HS256'] }, /cannot be used with public keys/],
  ['a leeway of two minutes', { issuer, secret, leeway: 120_000 }, /0 and 60,000/],
  ['keys over plain HTTP', { issuer, jwks: 'http://id.example/keys' }, /https:/],
])('refuses options with %s', (_, options, message) => {
  expect(() => new JwtAuthProvider(options as JwtOptions)).toThrow(message);
});

it('errors are those of Netron', async () => {
  const error = await provider.authenticate('x').catch((thrown: unknown) => thrown);
  expect(NetronError.is(error, 'unauthenticated')).toBe(true);
});
