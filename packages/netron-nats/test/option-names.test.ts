import { expect, it } from 'vitest';
import { NatsDiscovery, natsBackplane, natsDiscovery } from '../src/index.js';

const unknown = { prefx: 'shop' } as never;

it.each([
  ['natsDiscovery', () => natsDiscovery('nats://nowhere', unknown)],
  ['natsBackplane', () => natsBackplane('nats://nowhere', unknown)],
  ['NatsDiscovery', () => new NatsDiscovery('nats://nowhere', undefined, unknown)],
])('%s refuses options that nobody knows', (name, make) => {
  expect(make).toThrow(new TypeError(`${name}: unknown option 'prefx'; did you mean 'prefix'?`));
});

it.each([['5'], [true], [Number.NaN], [0]])('a timeout that is %s is refused', (timeout) => {
  const connection = { url: 'nats://nowhere', timeout } as never;
  expect(() => natsDiscovery(connection)).toThrow('natsDiscovery: timeout must be a positive number of milliseconds, not ');
  expect(() => natsBackplane(connection)).toThrow('natsBackplane: timeout must be a positive number of milliseconds, not ');
  expect(() => new NatsDiscovery(connection)).toThrow(RangeError);
});
