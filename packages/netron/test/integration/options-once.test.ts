/** Options are read once, when they are given: a getter runs once, and what becomes of the object afterwards changes nothing. */
import { expect, it } from 'vitest';
import { connect as toConnect } from '../../src/client.js';
import { defineService, EventBus, MemoryTransport, withOptions } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { WebSocketTransport } from '../../src/transport/node/index.js';
import { nodes } from './nodes.js';

const echo = defineService({ name: 'echo@1.0.0', methods: { say: (text: string) => text } });

/** The same options by getters, and how often each has run. */
function counted<T extends object>(options: T): { readonly options: T; readonly reads: Record<string, number> } {
  const reads: Record<string, number> = {};
  const counting = {};
  for (const [name, value] of Object.entries(options)) {
    reads[name] = 0;
    Object.defineProperty(counting, name, {
      enumerable: true,
      get: () => {
        reads[name] = (reads[name] ?? 0) + 1;
        return value;
      },
    });
  }
  return { options: counting as T, reads };
}

const connecting = { timeout: 5_000, expect: { id: 'server' }, signal: new AbortController().signal, credentials: 'x' };

const rows: Record<string, readonly [object, (options: never) => Promise<unknown>]> = {
  'connect of a node': [
    { ...connecting, maxReconnectAttempts: 1, reconnectDelay: 1 },
    async (options) => {
      await using pair = await nodes({ connect: options, client: { random: () => 0 } });
      const again = new Promise<void>((resolve) => pair.peer.once('connected', resolve));
      pair.back.link?.connection.terminate();
      await again;
    },
  ],
  'connect of a page': [
    connecting,
    async (options) => {
      await using pair = await nodes({ transport: 'ws' });
      await using peer = await toConnect(pair.address, options);
      expect(peer.state).toBe('ready');
    },
  ],
  'service of a node': [
    { timeout: 5_000, subset: 3, retry: false, methods: {}, locality: false },
    async (options) => {
      await using pair = await nodes({ services: [echo] });
      const remote = pair.client.service<typeof echo>('echo', options);
      expect([await remote.say('a'), await remote.say('b')]).toEqual(['a', 'b']);
    },
  ],
  withOptions: [
    { timeout: 5_000, headers: { a: 'b' } },
    async (options) => {
      await using pair = await nodes({ services: [echo] });
      const remote = withOptions(await pair.peer.queryInterface<typeof echo>('echo'), options);
      expect([await remote.say('a'), await remote.say('b')]).toEqual(['a', 'b']);
    },
  ],
  EventBus: [
    { clock: new VirtualClock(), onError() {}, timeout: 5 },
    async (options) => {
      const bus = new EventBus(options);
      bus.subscribe('x', () => 1);
      expect([await bus.emitParallel('x', 0), await bus.emitSerial('x', 0)]).toEqual([[1], [1]]);
    },
  ],
  'listen of the memory transport': [
    { maxConnections: 3, maxMessage: 5_000 },
    async (options) => {
      const transport = new MemoryTransport();
      const server = await transport.listen('a', options);
      server.accept(() => {});
      for (let each = 0; each < 2; each += 1) (await transport.connect('memory:a')).terminate();
      await server.close();
    },
  ],
  'listen of the WebSocket transport': [
    { maxConnections: 3, maxMessage: 5_000, path: '/p' },
    async (options) => {
      const transport = new WebSocketTransport();
      const server = await transport.listen(0, options);
      server.accept(() => {});
      for (let each = 0; each < 2; each += 1) (await transport.connect(server.address)).terminate();
      await server.close();
    },
  ],
};

it.each(Object.entries(rows))('%s', async (_, [given, use]) => {
  const { options, reads } = counted(given);
  await use(options as never);
  for (const [name, times] of Object.entries(reads)) expect(times, name).toBe(1);
});
