import { expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { PeerIdentity } from './identity.js';
import { Renewal } from './renewal.js';

it('an identity expires, and a renewal moves its end', async () => {
  const clock = new VirtualClock();
  const changes: unknown[] = [];
  const identity = new PeerIdentity(clock, (now) => changes.push(now));
  identity.set({ identity: { id: 1 }, expiresInMs: 1_000 });
  await clock.advance(900);
  identity.set({ identity: { id: 1, renewed: true }, expiresInMs: 1_000 });
  await clock.advance(900);
  expect([identity.value, changes]).toEqual([{ id: 1, renewed: true }, [{ id: 1 }]]);
  await clock.advance(100);
  expect([identity.value, changes.length, changes.at(-1)]).toEqual([undefined, 2, undefined]);
  identity.set({ identity: 'ann', expiresInMs: Infinity });
  identity.close();
  expect(clock.size).toBe(0);
});

it('an identity of a year ends after a year, beyond the range of timers', async () => {
  const clock = new VirtualClock();
  const year = 365 * 86_400_000;
  const identity = new PeerIdentity(clock, () => {});
  let renewed = 0;
  const renewal = new Renewal(clock, async () => void (renewed += 1), { reportError() {} });
  identity.set({ identity: 'ann', expiresInMs: year });
  renewal.schedule(year);
  await clock.advance(year - 30_001);
  expect([identity.value, renewed]).toEqual(['ann', 0]);
  await clock.advance(1);
  expect([identity.value, renewed]).toEqual(['ann', 1]);
  await clock.advance(30_000);
  expect([identity.value, clock.size]).toEqual([undefined, 0]);
});

it('an identity without an end, or with an invalid one, is not renewed', () => {
  const clock = new VirtualClock();
  const renewal = new Renewal(clock, () => Promise.resolve(), { reportError() {} });
  for (const end of [undefined, Infinity, NaN, -1]) renewal.schedule(end);
  expect(clock.size).toBe(0);
});

it('refuses an expiry that is not a number of milliseconds, and keeps the previous identity', () => {
  const identity = new PeerIdentity(new VirtualClock(), () => {});
  identity.set({ identity: 'ann', expiresInMs: undefined });
  for (const expiresInMs of ['soon', -5, Number.NaN] as number[])
    expect(() => identity.set({ identity: 'bob', expiresInMs })).toThrow(RangeError);
  expect(identity.value).toBe('ann');
});
