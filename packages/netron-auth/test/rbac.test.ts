import { expect, it } from 'vitest';
import { RbacAuthzProvider } from '../src/index.js';

const rights = new RbacAuthzProvider({
  reader: ['posts:read'],
  editor: { permissions: ['posts:*'], inherits: ['reader'] },
  admin: { permissions: ['*'] },
});

it.each<[readonly string[], string, string, boolean]>([
  [['reader'], 'posts', 'read', true],
  [['reader'], 'posts', 'write', false],
  [['editor'], 'posts', 'write', true],
  [['editor'], 'users', 'read', false],
  [['admin'], 'users', 'delete', true],
  [['unknown'], 'posts', 'read', false],
  [['__proto__', 'constructor'], 'posts', 'read', false],
  [[], 'posts', 'read', false],
  [['reader'], 'posts:read', 'x', false],
  [['editor'], 'posts', '*', false],
])('%j may %s:%s: %s', async (roles, resource, action, expected) => {
  expect(await rights.authorize({ userId: 'ada', roles }, resource, action)).toBe(expected);
});

it('an identity has permissions of its own', async () => {
  expect(await rights.authorize({ userId: 'ada', permissions: ['users:read'] }, 'users', 'read')).toBe(true);
});

it('a subclass reads permissions from elsewhere', async () => {
  class FromDatabase extends RbacAuthzProvider {
    override async getRolePermissions(role: string) {
      return role === 'clerk' ? ['orders:read'] : [];
    }
  }
  const provider = new FromDatabase();
  expect(await provider.authorize({ userId: 'ada', roles: ['clerk'] }, 'orders', 'read')).toBe(true);
  expect(await provider.authorize({ userId: 'ada', roles: ['clerk'] }, 'orders', 'write')).toBe(false);
});

it('refuses cycles, unknown roles and malformed permissions, naming them', () => {
  expect(() => new RbacAuthzProvider({ a: { inherits: ['b'] }, b: { inherits: ['a'] } })).toThrow('a → b → a');
  expect(() => new RbacAuthzProvider({ a: { inherits: ['b'] } })).toThrow("role 'a' inherits unknown role 'b'");
  expect(() => new RbacAuthzProvider({ a: ['posts'] })).toThrow("not 'posts'");
  expect(() => new RbacAuthzProvider({ a: ['*:read'] })).toThrow("not '*:read'");
});
