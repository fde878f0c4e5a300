import { expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { Renewal } from './renewal.js';

it.each([
  [1_000, 800],
  [600_000, 570_000],
])('an identity of %i ms is renewed after %i ms', async (expiresInMs, after) => {
  const clock = new VirtualClock();
  let renewed = 0;
  const errors: unknown[] = [];
  const renew = async () => {
    renewed += 1;
    throw new Error('no token');
  };
  const renewal = new Renewal(clock, renew, { reportError: (error) => errors.push(error) });
  renewal.schedule(expiresInMs);
  await clock.advance(after - 1);
  expect(renewed).toBe(0);
  await clock.advance(1);
  expect([renewed, clock.size, errors]).toEqual([1, 0, [new Error('no token')]]);
});
