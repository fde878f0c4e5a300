import { describe, expect, it } from 'vitest';
import {
  ApiKeyAuthProvider,
  type ApiKeyRecord,
  JwtAuthProvider,
  type RefreshRecord,
  type RefreshStore,
  RefreshTokens,
  Revocations,
} from '../src/index.js';

const outageText = 'the refresh token store is not available';
const refused = { code: 'unauthenticated', message: 'invalid token' };

describe('API keys', () => {
  it('are accepted until they are revoked or expire, and stored without their secret', async () => {
    let time = 0;
    const records = new Map<string, ApiKeyRecord>();
    const store = {
      get: (id: string) => records.get(id),
      set: (record: ApiKeyRecord) => records.set(record.id, record),
      delete: (id: string) => records.delete(id),
    };
    const keys = new ApiKeyAuthProvider({ store, now: () => time });
    const { id, key } = await keys.createKey({ id: 'billing', roles: ['service'] }, { expiresIn: 1_000 });
    expect(key).toMatch(/^nk_[A-Za-z\d]{12}_[A-Za-z\d]{43}$/);
    expect(await keys.authenticate(key)).toEqual({ userId: 'billing', roles: ['service'], tokenId: id, expiresAt: 1_000 });
    expect(JSON.stringify([...records])).not.toContain(key.slice(-43));
    time = 1_000;
    await expect(keys.authenticate(key)).rejects.toMatchObject(refused);
    const second = await keys.createKey({ id: 'billing' });
    await keys.revokeKey(second.id);
    await expect(keys.authenticate(second.key)).rejects.toMatchObject(refused);
  });

  it('notify the revocations when they are revoked, so that connections opened with them close', async () => {
    const revocations = new Revocations();
    const keys = new ApiKeyAuthProvider({ revocations });
    const [first, second] = [await keys.createKey({ id: 'billing' }), await keys.createKey({ id: 'billing' })];
    const opened = await keys.authenticate(first.key);
    const told: unknown[] = [];
    revocations.on((revocation) => told.push(revocation));
    await keys.revokeKey(first.id);
    expect([told, revocations.has(opened)]).toEqual([[{ tokenId: first.id }], true]);
    await expect(keys.authenticate(first.key)).rejects.toMatchObject(refused);
    expect(await keys.authenticate(second.key)).toMatchObject({ userId: 'billing' });
  });

  it.each(['', 'nk', 'nk_', 'nk_a_b', 'nk_a_b_c', 'xx_a_b', 'x'.repeat(10_000)])('refuses %j', async (key) => {
    await expect(new ApiKeyAuthProvider().authenticate(key)).rejects.toMatchObject(refused);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never as number])('refuses the lifetime %j', async (expiresIn) => {
    await expect(new ApiKeyAuthProvider().createKey({ id: 'billing' }, { expiresIn })).rejects.toThrow('expiresIn must be');
  });

  it('refuses the id of one key with the secret of another', async () => {
    const keys = new ApiKeyAuthProvider();
    const [a, b] = [await keys.createKey({ id: 'a' }), await keys.createKey({ id: 'b' })];
    await expect(keys.authenticate(`nk_${a.id}_${b.key.split('_')[2]}`)).rejects.toMatchObject(refused);
  });

  it('a store that fails is unavailable', async () => {
    const fails = () => Promise.reject(new Error('down'));
    const keys = new ApiKeyAuthProvider({ store: { get: fails, set: fails, delete: fails } });
    await expect(keys.authenticate('nk_a_b')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('refresh tokens', () => {
  const provider = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');

  it('are used once and give new tokens', async () => {
    const tokens = new RefreshTokens({ provider });
    const first = await tokens.login({ id: 'ada', roles: ['admin'] });
    expect(first.expiresInMs).toBe(900_000);
    const second = await tokens.refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await provider.authenticate(second.accessToken)).toMatchObject({ userId: 'ada', roles: ['admin'] });
  });

  it('one that is used twice ends all tokens of its login, and of no other', async () => {
    const reused: string[] = [];
    const tokens = new RefreshTokens({ provider, onReuse: ({ id }) => reused.push(id) });
    const stolen = await tokens.login({ id: 'ada' });
    const elsewhere = await tokens.login({ id: 'ada' });
    const renewed = await tokens.refresh(stolen.refreshToken);
    await expect(tokens.refresh(stolen.refreshToken)).rejects.toMatchObject(refused);
    await expect(tokens.refresh(renewed.refreshToken)).rejects.toMatchObject(refused);
    expect(reused).toEqual(['ada']);
    await tokens.refresh(elsewhere.refreshToken);
  });

  it('two uses at once end the login, whichever comes first', async () => {
    const reused: string[] = [];
    const tokens = new RefreshTokens({ provider, onReuse: ({ id }) => reused.push(id) });
    const { refreshToken } = await tokens.login({ id: 'ada' });
    const results = await Promise.allSettled([tokens.refresh(refreshToken), tokens.refresh(refreshToken)]);
    const renewed = results.filter((each) => each.status === 'fulfilled');
    expect(renewed.length).toBeLessThan(2);
    for (const { value } of renewed) await expect(tokens.refresh(value.refreshToken)).rejects.toMatchObject(refused);
    expect(reused).toEqual(['ada']);
  });

  it.each(['reload', 'createToken', 'add', 'use'] as const)(
    'a failure of %s leaves the token good, and nobody is a thief',
    async (part) => {
      let down = false;
      const outage = (name: string): void => {
        if (down && name === part) throw new Error('connect ECONNREFUSED 10.0.0.5');
      };
      const records = new Map<string, { record: RefreshRecord; first: boolean }>();
      const store: RefreshStore = {
        add: (key, record) => {
          outage('add');
          return records.set(key, { record, first: true }).size > 0;
        },
        find: (key) => records.get(key),
        use: (key) => {
          outage('use');
          const found = records.get(key);
          if (found !== undefined) records.set(key, { ...found, first: false });
          return found;
        },
        revokeFamily: () => records.clear(),
      };
      const reused: string[] = [];
      const tokens = new RefreshTokens({
        store,
        provider: {
          createToken: async (user, options) => {
            outage('createToken');
            return provider.createToken(user, options);
          },
        },
        reload: (user) => {
          outage('reload');
          return user;
        },
        onReuse: ({ id }) => reused.push(id),
      });
      const { refreshToken } = await tokens.login({ id: 'ada' });
      down = true;
      await expect(tokens.refresh(refreshToken)).rejects.toMatchObject({ code: 'unavailable', message: outageText });
      down = false;
      expect(await tokens.refresh(refreshToken)).toMatchObject({ expiresInMs: 900_000 });
      expect(reused).toEqual([]);
    },
  );

  it.each([
    () => {
      throw new Error('mail server down');
    },
    () => Promise.reject(new Error('mail server down')),
  ])('an onReuse that fails is no more than the cause of the refusal', async (onReuse) => {
    const tokens = new RefreshTokens({ provider, onReuse });
    const { refreshToken } = await tokens.login({ id: 'ada' });
    const { refreshToken: next } = await tokens.refresh(refreshToken);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject({ ...refused, cause: { message: 'mail server down' } });
    await expect(tokens.refresh(next)).rejects.toMatchObject(refused);
  });

  it('a store without a method is refused at once', () => {
    const store = { add: () => true, use: () => undefined, revokeFamily: () => {} };
    expect(() => new RefreshTokens({ provider, store: store as never })).toThrow(
      "RefreshTokens: store must have a method 'find'",
    );
  });

  it('a string that is too long is neither hashed nor looked up', async () => {
    let asked = 0;
    const store = { add: () => true, find: () => void asked++, use: () => void asked++, revokeFamily: () => {} };
    const tokens = new RefreshTokens({ provider, store: store as never });
    const long = 'x'.repeat(1_000_000);
    await expect(tokens.refresh(long)).rejects.toMatchObject(refused);
    await tokens.logout(long);
    await tokens.logout(undefined as never);
    expect(asked).toBe(0);
  });

  it('end by logout, by time, and when the user is gone', async () => {
    let time = 0;
    let known = true;
    const tokens = new RefreshTokens({ provider, now: () => time, reload: (user) => (known ? user : undefined) });
    const left = await tokens.login({ id: 'ada' });
    await tokens.logout(left.refreshToken);
    await expect(tokens.refresh(left.refreshToken)).rejects.toMatchObject(refused);
    const late = await tokens.login({ id: 'ada' });
    time = 30 * 24 * 60 * 60_000;
    await expect(tokens.refresh(late.refreshToken)).rejects.toMatchObject(refused);
    const gone = await tokens.login({ id: 'ada' });
    known = false;
    await expect(tokens.refresh(gone.refreshToken)).rejects.toMatchObject(refused);
  });
});

it('a failing store is an outage, at every step: callers may retry, and learn no details', async () => {
  const down = () => Promise.reject(new Error('connect ECONNREFUSED redis:6379'));
  const record = { family: 'f', user: { id: 'ann' }, expiresAt: Number.POSITIVE_INFINITY };
  const found = (first: boolean) => async () => ({ record, first });
  const provider = { createToken: async () => 'token' };
  const working = { add: async () => true, find: found(true), use: found(true), revokeFamily: async () => {} };
  const tokens = (store: object) => new RefreshTokens({ provider, store: { ...working, ...store } });
  const failing: (() => Promise<unknown>)[] = [
    () => tokens({ add: down }).login({ id: 'ann' }),
    () => tokens({ find: down }).refresh('a'),
    () => tokens({ use: down }).refresh('a'),
    () => tokens({ add: down }).refresh('a'),
    () => tokens({ find: found(false), revokeFamily: down }).refresh('a'),
    () => tokens({ use: found(false), revokeFamily: down }).refresh('a'),
    () => tokens({ use: down }).logout('a'),
    () => tokens({ revokeFamily: down }).logout('a'),
  ];
  for (const fails of failing) await expect(fails()).rejects.toMatchObject({ code: 'unavailable', message: outageText });
});
