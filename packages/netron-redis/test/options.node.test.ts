import { expect, it } from 'vitest';
import { RedisState, SlidingWindowRateLimiter } from '../src/index.js';

/** Options as passed by a program without types. */
const untyped = (options: unknown) => options as never;

it.each<[string, object, string]>([
  ['an unknown option', { timout: 5 }, "RedisState: unknown option 'timout'; did you mean 'timeout'?"],
  ['a time that is none', { turn: Number.NaN }, 'RedisState: turn must be a positive number of milliseconds, not NaN'],
  [
    'a time that is a text',
    { keepRevocations: '1h' },
    'RedisState: keepRevocations must be a positive number of milliseconds, not a string',
  ],
  [
    'a time without an end',
    { timeout: Number.POSITIVE_INFINITY },
    'RedisState: timeout must be a positive number of milliseconds, not Infinity',
  ],
  ['a time that no timer can count', { timeout: 2 ** 31 }, 'timeout must be at most 2147483647 ms (24 days), not 2147483648'],
])('%s of the state is refused', (_, options, text) => {
  expect(() => new RedisState('redis://127.0.0.1:1', untyped(options))).toThrow(text);
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a limit or a window of %s is refused', (number) => {
  for (const rule of [
    { limit: number, window: 1_000 },
    { limit: 5, window: number },
  ])
    expect(() => new SlidingWindowRateLimiter('redis://127.0.0.1:1', rule)).toThrow('limit and window must be positive numbers');
});
