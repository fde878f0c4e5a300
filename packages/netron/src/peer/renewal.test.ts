import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
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
    throw new NetronError('unauthenticated', 'no token');
  };
  const renewal = new Renewal(clock, renew, { reportError: (error) => errors.push(error) });
  renewal.schedule(expiresInMs);
  await clock.advance(after - 1);
  expect(renewed).toBe(0);
  await clock.advance(1);
  expect([renewed, clock.size, errors]).toEqual([1, 0, [new NetronError('unauthenticated', 'no token')]]);
});

/** A renewal that meets an outage until `known`, and the times of its attempts. */
function renewing(failure: () => unknown) {
  const clock = new VirtualClock();
  const attempts: number[] = [];
  const renew = async () => {
    attempts.push(clock.now());
    const error = failure();
    if (error !== undefined) throw error;
  };
  return { clock, attempts, renewal: new Renewal(clock, renew, { reportError() {} }) };
}

it('an outage is retried with growing delays, also after the expiry of the identity', async () => {
  const { clock, attempts, renewal } = renewing(() => new NetronError('unavailable', 'away'));
  renewal.schedule(10_000);
  await clock.advance(100_000);
  expect(attempts).toEqual([8_000, 9_000, 11_000, 15_000, 23_000, 39_000, 69_000, 99_000]);
  renewal.stop();
  await clock.advance(100_000);
  expect([attempts.length, clock.size]).toEqual([8, 0]);
});

it.each([
  ['credentials that cannot be fetched', new TypeError('fetch failed')],
  ['what has no text', Object.create(null)],
  ['credentials that do not come in time', new NetronError('deadline_exceeded', 'too late')],
  ['an end of which nobody knows', new NetronError('unknown_outcome', 'the connection was lost')],
])('%s are an outage as well', async (_, failure) => {
  const failures: unknown[] = [failure];
  const { clock, attempts, renewal } = renewing(() => failures.pop());
  renewal.schedule(10_000);
  await clock.advance(100_000);
  expect(attempts).toEqual([8_000, 9_000]);
});

it('waits as long as it is asked to', async () => {
  const { clock, attempts, renewal } = renewing(
    () => new NetronError('resource_exhausted', 'too often', { retryAfterMs: 5_000 }),
  );
  renewal.schedule(10_000);
  await clock.advance(13_000);
  expect(attempts).toEqual([8_000, 13_000]);
});

it('ends with the present attempt when it is stopped meanwhile', async () => {
  const { clock, attempts, renewal } = renewing(() => {
    renewal.stop();
    return new NetronError('unavailable', 'the connection was lost');
  });
  renewal.schedule(10_000);
  await clock.advance(100_000);
  expect([attempts, clock.size]).toEqual([[8_000], 0]);
});
