import { describe, expect, it } from 'vitest';
import { type Backplane, MemoryBroker, MemoryRegistry, memoryBackplane, memoryDiscovery } from '../../src/discovery.js';
import { Netron } from '../../src/index.js';
import { quiet } from './nodes.js';

/** A backplane that counts how often it was started and stopped. */
function counted(broker: MemoryBroker) {
  const inner = memoryBackplane(broker);
  const seen = { started: 0, stopped: 0 };
  const backplane: Backplane = {
    name: 'counted',
    start: async (host) => {
      seen.started += 1;
      await inner.start(host);
    },
    subscribe: (channel) => inner.subscribe(channel),
    unsubscribe: (channel) => inner.unsubscribe(channel),
    publish: (channel, message) => inner.publish(channel, message),
    stop: async () => {
      seen.stopped += 1;
      await inner.stop();
    },
  };
  return { seen, backplane };
}

describe('a node that is stopped while it starts', () => {
  it('leaves no backplane behind, in whichever turn it is stopped', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const { seen, backplane } = counted(new MemoryBroker());
      const node = Netron.prepare({ logger: quiet, events: { cluster: backplane }, remoteEvents: true });
      const starting = node.startListening().catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await node.stop();
      await starting;
      expect([turns, seen.stopped]).toEqual([turns, seen.started]);
      expect(node.state).toBe('stopped');
    }
  });

  it('is never announced in a registry, not even for a moment', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const registry = new MemoryRegistry();
      const other = await Netron.create({ logger: quiet, discovery: memoryDiscovery(registry) });
      const joined: string[] = [];
      other.discovery.on('node:joined', ({ id }) => joined.push(id));
      const node = Netron.prepare({ logger: quiet, discovery: memoryDiscovery(registry) });
      const starting = node.startListening().catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await node.stop();
      await starting;
      expect([await other.discovery.getActiveNodes(), joined]).toEqual([[], []]);
      await other.stop();
    }
  });
});

it('a start with invalid HTTP options fails again, and never starts without HTTP', async () => {
  const node = Netron.prepare({ logger: quiet, listenPort: 0, http: { path: 5 as never } });
  const how = () => node.startListening().then(() => 'started', String);
  expect([await how(), await how()]).toEqual([expect.stringContaining('path'), expect.stringContaining('path')]);
  expect(node.state).toBe('idle');
  await node.stop();
});
