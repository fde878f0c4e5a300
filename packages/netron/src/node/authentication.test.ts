import { expect, it } from 'vitest';
import { quiet } from '../../test/integration/nodes.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type Authenticate, authentication, expiringIdentity } from './authentication.js';

const request = { id: 'peer', address: 'memory:peer' };

function asking(authenticate: Authenticate | undefined) {
  const clock = new VirtualClock();
  const logged: unknown[] = [];
  const ask = authentication(authenticate, { ...quiet, warn: (facts) => void logged.push(facts) }, clock, 5_000);
  return { ask, clock, logged };
}

it('answers with the identity, and its end when it has one', async () => {
  expect(await asking(undefined).ask('ann', request)).toEqual({ identity: undefined, expiresInMs: undefined });
  const { ask, clock } = asking((name) => (name === 'ann' ? { name } : expiringIdentity({ name }, 100)));
  expect(await ask('ann', request)).toEqual({ identity: { name: 'ann' }, expiresInMs: undefined });
  expect(await ask('bob', request)).toEqual({ identity: { name: 'bob' }, expiresInMs: 100 });
  expect(clock.size).toBe(0);
});

it('refuses an identity that has ended already', async () => {
  const { ask, logged } = asking(() => expiringIdentity('ann', 0));
  await expect(ask('ann', request)).rejects.toMatchObject({ code: 'unauthenticated', message: 'authentication failed' });
  expect(logged).toEqual([{ ...request, error: 'the identity has expired' }]);
});

it('logs its error; the caller learns only that it was refused', async () => {
  const { ask, logged } = asking(() => {
    throw new Error('the table of users is broken');
  });
  await expect(ask('ann', request)).rejects.toMatchObject({ code: 'unauthenticated', message: 'authentication failed' });
  expect(logged).toEqual([{ ...request, error: 'the table of users is broken' }]);
});

it('logs the reason of a refusal beside its text, which is the same for all', async () => {
  const { ask, logged } = asking(() => {
    throw new Error('the token is not valid', { cause: new Error('"exp" claim timestamp check failed') });
  });
  await expect(ask('ann', request)).rejects.toThrow('authentication failed');
  expect(logged).toEqual([{ ...request, error: 'the token is not valid', reason: '"exp" claim timestamp check failed' }]);
});

it('refuses, whatever is thrown', async () => {
  const { ask, logged } = asking(() => {
    throw Object.create(null);
  });
  await expect(ask('ann', request)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(logged).toEqual([{ ...request, error: 'an unprintable value was thrown' }]);
});

it('refuses when authenticate does not answer in time', async () => {
  const { ask, clock, logged } = asking(() => new Promise(() => {}));
  await expect(clock.settle(ask('ann', request))).rejects.toMatchObject({
    code: 'unavailable',
    message: 'authentication is temporarily unavailable',
  });
  expect(clock.now()).toBe(5_000);
  expect(logged).toEqual([{ ...request, error: 'authenticate did not answer within 5000 ms' }]);
});
