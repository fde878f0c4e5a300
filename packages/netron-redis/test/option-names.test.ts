import { expect, it } from 'vitest';
import { RedisDiscovery, RedisState, redisBackplane, redisDiscovery, SlidingWindowRateLimiter } from '../src/index.js';

const unknown = { prefx: 'shop' } as never;

it.each([
  ['redisDiscovery', () => redisDiscovery('redis://nowhere', unknown)],
  ['redisBackplane', () => redisBackplane('redis://nowhere', unknown)],
  ['RedisDiscovery', () => new RedisDiscovery('redis://nowhere', undefined, unknown)],
])('%s refuses options that nobody knows', (name, make) => {
  expect(make).toThrow(new TypeError(`${name}: unknown option 'prefx'; did you mean 'prefix'?`));
});

it('RedisState refuses unknown options', () => {
  const make = () => new RedisState('redis://nowhere', { keepRevocation: 5 } as never);
  expect(make).toThrow(new TypeError("RedisState: unknown option 'keepRevocation'; did you mean 'keepRevocations'?"));
});

it.each([['5'], [true], [Number.NaN], [0]])(
  'times of a connection that are %s are refused: ioredis would wait without an end',
  (given) => {
    for (const name of ['commandTimeout', 'connectTimeout']) {
      const connection = { url: 'redis://nowhere', [name]: given } as never;
      const makes = {
        redisDiscovery: () => redisDiscovery(connection),
        redisBackplane: () => redisBackplane(connection),
        RedisState: () => new RedisState(connection),
        SlidingWindowRateLimiter: () => new SlidingWindowRateLimiter(connection, { limit: 1, window: 1 }),
      };
      for (const [where, make] of Object.entries(makes))
        expect(make).toThrow(`${where}: ${name} must be a positive number of milliseconds, not `);
      expect(() => new RedisDiscovery(connection)).toThrow(RangeError);
    }
  },
);
