import { expect, it } from 'vitest';
import { ConsulDiscovery, consulDiscovery } from '../src/index.js';

it.each([
  ['consulDiscovery', () => consulDiscovery('consul://nowhere', { prefx: 'shop' } as never), 'prefx', 'prefix'],
  ['consulDiscovery', () => consulDiscovery({ tokn: 'secret' } as never), 'tokn', 'token'],
  ['ConsulDiscovery', () => new ConsulDiscovery('consul://nowhere', undefined, { secrt: 'x' } as never), 'secrt', 'secret'],
])('%s refuses options that nobody knows', (name, make, given, meant) => {
  expect(make).toThrow(new TypeError(`${name}: there is no option '${given}'; did you mean '${meant}'?`));
});
