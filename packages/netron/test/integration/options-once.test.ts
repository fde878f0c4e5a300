/** Options are read once, when they are given: a getter runs once, and what becomes of the object afterwards changes nothing. */
import { describe, expect, it } from 'vitest';
import { connect as toConnect } from '../../src/client.js';
import { defineService, EventBus, MemoryTransport, Netron, withOptions } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { WebSocketTransport } from '../../src/transport/node/index.js';
import { readOptions } from '../../src/util/read-options.js';
import { nodes, quiet } from './nodes.js';

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

it.each(Object.entries(rows))('%s: a getter runs once', async (_, [given, use]) => {
  const { options, reads } = counted(given);
  await use(options as never);
  for (const [name, times] of Object.entries(reads)) expect(times, name).toBe(1);
});

it('listeners: a getter runs once, and what becomes of the object before they listen changes nothing', async () => {
  const place = { host: '127.0.0.1', port: 0, services: ['echo'], maxMessage: 100_000 };
  const { options, reads } = counted(place);
  await using node = Netron.prepare({ transports: { websocket: place, tcp: [options] }, logger: quiet });
  Object.assign(place, { host: '0.0.0.0', services: [] });
  await node.startListening();
  expect(node.addresses).toEqual([expect.stringMatching(/^ws:..127/), expect.stringMatching(/^tcp:..127/)]);
  expect(reads).toEqual({ host: 1, port: 1, services: 1, maxMessage: 1 });
});

/** What refuses options that stand on their prototype as it refuses them on the object itself. */
const refused: Record<string, readonly [given: object, expected: unknown, use: (options: never) => Promise<unknown>]> = {
  'connect of a node': [
    { expect: { id: 'somebody else' } },
    { code: 'failed_precondition' },
    (options) => nodes({ connect: options }),
  ],
  'connect of a page': [
    { expect: { id: 'somebody else' } },
    { code: 'failed_precondition' },
    async (options) => {
      await using pair = await nodes({ transport: 'ws' });
      await toConnect(pair.address, options);
    },
  ],
  'a node': [{ authenticate: 'nobody' }, { message: /authenticate must be a function/ }, (options) => Netron.create(options)],
  'the configuration of a node': [
    { authenticate: 5, requestTimeout: -1 },
    { message: /from 0/ },
    (options) => Netron.create({ config: options }),
  ],
  EventBus: [{ tiemout: 5 }, { message: /no option 'tiemout'/ }, async (options) => new EventBus(options)],
  'listen of the memory transport': [
    { maxConections: 3 },
    { message: /no option 'maxConections'/ },
    (options) => new MemoryTransport().listen('a', options),
  ],
  'listen of the WebSocket transport': [
    { maxConections: 3 },
    { message: /no option 'maxConections'/ },
    (options) => new WebSocketTransport().listen(0, options),
  ],
};

describe('inherited options', () => {
  it.each(Object.entries(refused))('%s heeds them', async (_, [given, expected, use]) => {
    await expect(use(given as never)).rejects.toMatchObject(expected as object);
    await expect(use(Object.create(given) as never)).rejects.toMatchObject(expected as object);
  });

  it.each(Object.entries(refused))('%s refuses classes whose members it would not see', async (_, [, , use]) => {
    class Hidden {
      get credentials() {
        return 'x';
      }
    }
    await expect(use(new Hidden() as never)).rejects.toThrow(/must be a plain object, not an object of class Hidden/);
  });

  it('are those of a class that has nothing but properties, and a name that stands for a prototype is no option', () => {
    class Settings {
      timeout = 5;
    }
    expect(readOptions(new (class extends Settings {})())).toEqual({ timeout: 5 });
    const read = readOptions(JSON.parse('{"__proto__":{"timeout":5}}') as { timeout?: number });
    expect([Object.keys(read), read.timeout]).toEqual([['__proto__'], undefined]);
  });
});
