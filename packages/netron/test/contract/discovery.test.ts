import { MemoryRegistry, memoryDiscovery } from '../../src/discovery/memory.js';
import { testDiscovery } from './discovery.js';

const registry = new MemoryRegistry();

testDiscovery('memory', {
  backend: () => memoryDiscovery(registry),
  plant: (namespace, id, record) => {
    registry.nodes(namespace).set(id, { record, instance: 'planted', end: Infinity });
  },
  plantMany(namespace, records) {
    for (const [id, record] of records) registry.nodes(namespace).set(id, { record, instance: 'planted', end: Infinity });
  },
});
