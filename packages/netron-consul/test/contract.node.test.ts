import { afterAll } from 'vitest';
import { testDiscovery } from '../../netron/test/contract/discovery.js';
import { consulDiscovery } from '../src/index.js';
import { ConsulServer } from './consul-server.js';

const consul = await new ConsulServer().start();
afterAll(() => consul.stop());

testDiscovery('consul', {
  backend: () => consulDiscovery(consul.url),
  plant(namespace, id, record) {
    const pieces = record.match(/[\s\S]{1,500}/g) ?? [];
    consul.register(`netron-${namespace}`, id, Object.fromEntries(pieces.map((piece, index) => [`netron-${index}`, piece])));
  },
});
