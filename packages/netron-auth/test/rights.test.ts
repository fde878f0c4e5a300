import { expect, it, vi } from 'vitest';
import {
  ApiKeyAuthProvider,
  type AuthContext,
  CertificateAuthProvider,
  JwtAuthProvider,
  RbacAuthzProvider,
  Revocations,
  type Roles,
  SignIn,
} from '../src/index.js';

/** A value of plain JavaScript that no compiler has checked. */
const plain = <T>(value: unknown): T => value as T;
const request = { id: 'x', address: 'ws://10.0.0.7:5000' };

it.each<[string, object]>([
  ['identity: roles must be an array of strings, not a string', { roles: 'not-admin' }],
  ['identity: permissions must be an array of strings, not a string', { permissions: 'xusers:readall' }],
  ['identity: roles must be an array of strings, not a value of type object', { roles: { includes: () => true } }],
  ['identity: roles must be an array of strings, not an array with a value of type number', { roles: ['admin', 5] }],
  ['identity: expiresAt must be a number of milliseconds', { expiresAt: 'never' }],
  ['identity: expiresAt must be a number of milliseconds', { expiresAt: Number.NaN }],
  ['identity: issuedAt must be a number of milliseconds', { issuedAt: 'today' }],
  ['identity: tokenId must be a string', { tokenId: 5 }],
])('a login is refused, with the reason for the log: %s', async (message, facts) => {
  const context = plain<AuthContext>({ userId: 'ada', ...facts });
  const onFailure = vi.fn();
  const signIn = new SignIn({ authenticate: async () => context, identify: () => context }, { onFailure });
  for (const credentials of ['token', undefined]) {
    const refused = { code: 'unauthenticated', message: 'invalid token', cause: { message } };
    await expect(signIn.identify(credentials, request)).rejects.toMatchObject(refused);
    expect(onFailure.mock.lastCall?.[1]).toMatchObject(refused);
  }
});

it('a login with lists, or without rights, is valid', async () => {
  for (const facts of [
    {},
    { roles: undefined },
    { roles: null },
    { roles: [], permissions: ['users:read'], expiresAt: Number.POSITIVE_INFINITY },
  ]) {
    const signIn = new SignIn({ authenticate: async () => plain<AuthContext>({ userId: 'ada', ...facts }) });
    expect(await signIn.identify('token', request)).toEqual({ userId: 'ada', ...facts });
  }
});

it('no key and no token is created for a user whose rights are not lists; a certificate of one is refused', async () => {
  const user = plain<{ id: string }>({ id: 'ada', roles: 'admin' });
  const text = 'roles must be an array of strings, not a string';
  await expect(new ApiKeyAuthProvider().createKey(user)).rejects.toThrow(`createKey: ${text}`);
  const jwt = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');
  await expect(jwt.createToken(user)).rejects.toThrow(`createToken: ${text}`);
  const certificate = { names: [], fingerprint: 'f', issuedAt: 1, expiresAt: 2, subject: '', issuer: '' };
  const signIn = new SignIn(new CertificateAuthProvider({ user: () => user }));
  await expect(signIn.identify(undefined, plain({ ...request, certificate }))).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('rights by roles: a value that is not a list of strings grants nothing', async () => {
  const rights = new RbacAuthzProvider({ a: ['users:read'] });
  for (const facts of [
    { permissions: 'xusers:readall' },
    { permissions: '*' },
    { roles: 'abc' },
    { roles: { length: 1, 0: 'a' } },
  ])
    expect(await rights.authorize(plain({ userId: 'ada', ...facts }), 'users', 'read')).toBe(false);
  class FromDatabase extends RbacAuthzProvider {
    override getRolePermissions() {
      return plain<readonly string[]>('xusers:readall');
    }
  }
  expect(await new FromDatabase().authorize({ userId: 'ada', roles: ['a'] }, 'users', 'read')).toBe(false);
});

it.each<[unknown, string]>([
  [{ a: { permissions: '*' } }, "role 'a': permissions must be an array of strings, not a string"],
  [{ a: { inherits: 'b' }, b: ['*'] }, "role 'a': inherits must be an array of strings, not a string"],
  [{ a: ['users:read', 5] }, "role 'a': permissions must be an array of strings, not an array with a value of type number"],
])('roles are lists: %j', (roles, message) => {
  expect(() => new RbacAuthzProvider(roles as Roles)).toThrow(new TypeError(message));
});

it('an identity without a valid time of issue counts as issued before every revocation', () => {
  const revocations = new Revocations();
  revocations.revoke({ userId: 'ada' });
  expect(revocations.has(plain({ userId: 'ada', issuedAt: 'tomorrow' }))).toBe(true);
});

it('a key whose stored expiry is not a number has expired', async () => {
  const record: { kept?: object } = {};
  const store = {
    set: (given: object) => (record.kept = given),
    get: () => plain<never>({ ...record.kept, expiresAt: 'never' }),
    delete: () => {},
  };
  const keys = new ApiKeyAuthProvider({ store });
  const { key } = await keys.createKey({ id: 'ada' });
  await expect(keys.authenticate(key)).rejects.toMatchObject({ code: 'unauthenticated' });
});
