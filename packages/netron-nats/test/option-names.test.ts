import { expect, it } from 'vitest';
import { NatsDiscovery, natsBackplane, natsDiscovery } from '../src/index.js';

const unknown = { prefx: 'shop' } as never;

it.each([
  ['natsDiscovery', () => natsDiscovery('nats://nowhere', unknown)],
  ['natsBackplane', () => natsBackplane('nats://nowhere', unknown)],
  ['NatsDiscovery', () => new NatsDiscovery('nats://nowhere', undefined, unknown)],
])('%s refuses options that nobody knows', (name, make) => {
  expect(make).toThrow(new TypeError(`${name}: there is no option 'prefx'; did you mean 'prefix'?`));
});
