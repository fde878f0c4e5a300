import { expect, it } from 'vitest';
import { ApiKeyAuthProvider, Revocations } from '../src/index.js';

it.each<[string, unknown, unknown, string]>([
  ['an id that is no text', { tokenId: 5 }, undefined, 'revoke: tokenId or userId must be a string, not number'],
  ['no id', {}, undefined, 'not undefined'],
  ['a long id', { userId: 'x'.repeat(257) }, undefined, 'revoke: an id must have at most 256 characters, not 257'],
  ['a time that is none', { userId: 'ada' }, Number.NaN, 'not NaN'],
])('refuses %s', (_what, revocation, at, message) => {
  const revocations = new Revocations();
  expect(() => revocations.revoke(revocation as never, at as number)).toThrow(message);
  expect([revocations.size, revocations.overflowed]).toEqual([0, false]);
});

it('a time of another node counts as a minute ahead at most', () => {
  let now = 1_000_000;
  const revocations = new Revocations({ now: () => now, keep: 1_000 });
  revocations.revoke({ userId: 'ada' }, Number.MAX_SAFE_INTEGER);
  expect([...revocations.entries()]).toEqual([[{ userId: 'ada' }, now + 60_000]]);
  expect(revocations.has({ userId: 'ada', issuedAt: now + 60_001 })).toBe(false);
  now += 61_000;
  expect([...revocations.entries()]).toEqual([]);
});

it('reports that one had no room, until there is room again', () => {
  let now = 0;
  const revocations = new Revocations({ max: 1, keep: 1_000, now: () => now });
  revocations.revoke({ tokenId: 'a' });
  expect(revocations.overflowed).toBe(false);
  expect(() => revocations.revoke({ tokenId: 'b' })).toThrow('more than 1 revocations (option max)');
  expect(revocations.overflowed).toBe(true);
  now = 1_000;
  expect(revocations.overflowed).toBe(false);
  revocations.revoke({ tokenId: 'b' });
});

it('a key that was revoked by its id and deleted stays refused after the revocation has expired', async () => {
  let now = 0;
  const revocations = new Revocations({ now: () => now });
  const keys = new ApiKeyAuthProvider({ now: () => now });
  const { id, key } = await keys.createKey({ id: 'billing' });
  const identity = await keys.authenticate(key);
  revocations.revoke({ tokenId: id });
  await keys.revokeKey(id);
  expect(revocations.has(identity)).toBe(true);
  now = 25 * 3_600_000;
  await expect(keys.authenticate(key)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('lists with the same revocations have the same digest, whatever their order, until each has expired', () => {
  let now = 1_000_000;
  const make = (keep = 10_000) => new Revocations({ now: () => now, keep });
  const all = [
    [{ tokenId: 'a' }, now],
    [{ userId: 'a' }, now],
    [{ tokenId: 'b' }, now - 1_500],
    [{ userId: 'b' }, now - 3_200],
    [{ userId: 'b' }, now - 100],
    [{ tokenId: 'c' }, now - 3_300],
  ] as const;
  const [one, other] = [make(), make()];
  const seen = new Set<string>([one.digest]);
  for (const [revocation, at] of all) {
    one.revoke(revocation, at);
    seen.add(one.digest);
  }
  expect(seen.size).toBe(all.length + 1);
  for (const [revocation, at] of [...all].reverse()) other.revoke(revocation, at);
  // Known already, or older: no effect.
  for (const [revocation, at] of all) other.revoke(revocation, at - 50);
  expect(other.digest).toBe(one.digest);
  // No revocation in between is checked: expired ones are removed all the same.
  const counts: number[] = [];
  for (let second = 0; second < 12; second += 1) {
    now += 1_000;
    counts.push(Number(other.digest.split(' ')[0]));
  }
  expect(counts).toEqual([5, 5, 5, 5, 5, 5, 4, 4, 3, 2, 0, 0]);
  expect([one.digest, other.digest]).toEqual(['0 0', '0 0']);
});

it('knows whether others are notified', () => {
  const revocations = new Revocations();
  expect(revocations.heard).toBe(false);
  const end = revocations.on(() => {});
  expect(revocations.heard).toBe(true);
  end();
  expect(revocations.heard).toBe(false);
});
