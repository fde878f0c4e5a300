import { expect, it } from 'vitest';
import { Newcomers } from './newcomers.js';

/** Random bytes that differ each time. */
function newcomers() {
  let byte = 0;
  return new Newcomers((length) => new Uint8Array(length).fill((byte += 1)));
}

it('a node is asked three times a second at most, with the same text: a late answer is right', () => {
  const asked = newcomers();
  const secret = asked.ask('run', 0);
  expect([1, 2, 3, 999].map((now) => asked.ask('run', now))).toEqual([secret, secret, undefined, undefined]);
  expect([1_000, 1_500, 1_600, 1_700].map((now) => asked.ask('run', now))).toEqual([secret, secret, secret, undefined]);
  expect([asked.awaits('run', 29_999), asked.awaits('run', 30_000), asked.awaits('other', 0)]).toEqual([true, false, false]);
  expect([asked.answer('run', 'something'), asked.answer('run', secret), asked.answer('run', secret)]).toEqual([
    false,
    true,
    false,
  ]);
});

it('after a long time without an answer the question is a new one, and the answer to the old one is wrong', () => {
  const asked = newcomers();
  const secret = asked.ask('run', 0);
  const next = asked.ask('run', 30_000);
  expect(next).not.toBe(secret);
  expect([asked.answer('run', secret), asked.answer('run', next)]).toEqual([false, true]);
});

it('beyond a thousand nodes without an answer, the oldest is forgotten', () => {
  const asked = newcomers();
  const secrets = Array.from({ length: 1_001 }, (_, number) => asked.ask(`run ${number}`, 0));
  expect([0, 1, 1_000].map((number) => asked.answer(`run ${number}`, secrets[number]))).toEqual([false, true, true]);
});
