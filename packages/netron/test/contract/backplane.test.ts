import { MemoryBroker, memoryBackplane } from '../../src/discovery.js';
import { describeBackplane } from './backplane.js';

const broker = new MemoryBroker();

describeBackplane({
  name: 'memory',
  begin: async () => {},
  end: async () => {},
  backplane: () => memoryBackplane(broker),
  plant: async (namespace, channel, message) => broker.publish(`${namespace}:${channel}`, message),
  fail: async () => {
    broker.failure = new Error('the broker is gone');
  },
  mend: async () => {
    broker.failure = undefined;
  },
});
