import { expect, it } from 'vitest';
import { RedisDiscovery, RedisState, redisBackplane, redisDiscovery } from '../src/index.js';

const unknown = { prefx: 'shop' } as never;

it.each([
  ['redisDiscovery', () => redisDiscovery('redis://nowhere', unknown)],
  ['redisBackplane', () => redisBackplane('redis://nowhere', unknown)],
  ['RedisDiscovery', () => new RedisDiscovery('redis://nowhere', undefined, unknown)],
])('%s refuses options that nobody knows', (name, make) => {
  expect(make).toThrow(new TypeError(`${name}: there is no option 'prefx'; did you mean 'prefix'?`));
});

it('RedisState refuses options that nobody knows', () => {
  const make = () => new RedisState('redis://nowhere', { keepRevocation: 5 } as never);
  expect(make).toThrow(new TypeError("RedisState: there is no option 'keepRevocation'; did you mean 'keepRevocations'?"));
});
