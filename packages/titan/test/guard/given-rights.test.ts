import { afterEach, expect, it } from 'vitest';
import { type AuthContext, Public, TitanService } from '../../src/index.js';
import { as, base, code, connected, endAll, providerOf, running } from './callers.js';

afterEach(endAll);

@TitanService({ name: 'users' })
class Users {
  @Public({ auth: { roles: ['admin'] } })
  admin() {
    return 'admin';
  }
  @Public({ auth: { permissions: ['users:read'] } })
  read() {
    return 'read';
  }
  @Public({ auth: true })
  any() {
    return 'any';
  }
}

/** Identities of plain JavaScript: rights that are texts hold the wanted ones as parts. */
const odd = {
  roles: { userId: 'a', roles: 'not-admin' },
  rights: { userId: 'b', permissions: 'xusers:readall' },
  object: { userId: 'c', roles: { includes: () => true }, permissions: { includes: () => true } },
  end: { userId: 'd', roles: ['admin'], expiresAt: 'never' },
} as unknown as Record<string, AuthContext>;
const security = {
  authentication: providerOf({ ...odd, ada: { userId: 'ada', roles: ['admin'], permissions: ['users:read'] } }),
};

it('whose rights are no list of texts is let in neither by its connection nor by a header', async () => {
  const app = await running(Users, { ...base, security });
  const peer = await connected(app, 'ada');
  for (const name of Object.keys(odd)) {
    await expect(connected(app, name)).rejects.toMatchObject({ code: 'unauthenticated' });
    for (const method of ['admin', 'read', 'any'])
      expect(await code(peer.call('users', method, [], { headers: { authorization: name } }))).toBe('unauthenticated');
  }
  const users = await as<Users>(app, 'ada');
  expect([await users.admin(), await users.read()]).toEqual(['admin', 'read']);
});

it('rules grant by lists only, wherever an identity comes from', async () => {
  const app = await running(Users, { ...base, security });
  const peer = await connected(app, 'ada');
  const [caller] = app.netron!.peers.values();
  const outcomes = (identity: unknown) => {
    caller!.identify(identity);
    return Promise.all(['admin', 'read', 'any'].map((method) => code(peer.call('users', method, []))));
  };
  for (const name of ['roles', 'rights', 'object'])
    expect(await outcomes(odd[name])).toEqual(['permission_denied', 'permission_denied', 'ok']);
  expect(await outcomes(odd.end)).toEqual(['unauthenticated', 'unauthenticated', 'unauthenticated']);
  expect(await outcomes({ userId: 'x', roles: ['admin'], permissions: ['users:read'] })).toEqual(['ok', 'ok', 'ok']);
});
