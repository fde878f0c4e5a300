import { expect, it } from 'vitest';
import { ConsulDiscovery, consulDiscovery } from '../src/index.js';

it.each([
  ['consulDiscovery', () => consulDiscovery('consul://nowhere', { prefx: 'shop' } as never), 'prefx', 'prefix'],
  ['consulDiscovery', () => consulDiscovery({ tokn: 'secret' } as never), 'tokn', 'token'],
  ['ConsulDiscovery', () => new ConsulDiscovery('consul://nowhere', undefined, { secrt: 'x' } as never), 'secrt', 'secret'],
])('%s refuses options that nobody knows', (name, make, given, meant) => {
  expect(make).toThrow(new TypeError(`${name}: unknown option '${given}'; did you mean '${meant}'?`));
});

it.each([['5'], [true], [Number.NaN], [0]])(
  'a timeout that is %s is refused, also by a registry before it is used',
  (timeout) => {
    const options = { url: 'consul://nowhere', timeout } as never;
    expect(() => consulDiscovery(options)).toThrow('consulDiscovery: timeout must be a positive number of milliseconds, not ');
    expect(() => new ConsulDiscovery(options)).toThrow(RangeError);
  },
);
