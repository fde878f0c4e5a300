/** Options are read once, when they are given: a getter runs once, and what becomes of the object afterwards changes nothing. */
import { describe, expect, it } from 'vitest';
import { connect as toConnect } from '../../src/client.js';
import { MemoryRegistry, memoryDiscovery, staticDiscovery } from '../../src/discovery.js';
import {
  defineService,
  EventBus,
  MemoryTransport,
  Netron,
  type NetronOptions,
  type ServiceConnectOptions,
  withOptions,
} from '../../src/index.js';
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

it('listeners: a getter runs once, and later changes of the object have no effect', async () => {
  const place = { host: '127.0.0.1', port: 0, services: ['echo'], maxMessage: 100_000 };
  const { options, reads } = counted(place);
  await using node = Netron.prepare({ transports: { websocket: place, tcp: [options] }, logger: quiet });
  Object.assign(place, { host: '0.0.0.0', services: [] });
  await node.startListening();
  expect(node.addresses).toEqual([expect.stringMatching(/^ws:..127/), expect.stringMatching(/^tcp:..127/)]);
  expect(reads).toEqual({ host: 1, port: 1, services: 1, maxMessage: 1 });
});

describe('records within the options of a node', () => {
  const listens = { host: '127.0.0.1', port: 0, services: ['echo'], maxMessage: 100_000 };
  const unread = () => undefined;
  const within: Record<string, readonly [given: object, options: (given: never) => NetronOptions]> = {
    limits: [{ message: 100_000, elements: 1_000 }, (limits) => ({ limits })],
    metadata: [{ zone: 'z', region: 'r' }, (metadata) => ({ metadata })],
    session: [{ window: 5_000, buffer: 100_000 }, (session) => ({ session })],
    events: [{ namespace: 'n', required: false }, (events) => ({ events })],
    middleware: [{ incoming: [], outgoing: [] }, (middleware) => ({ middleware })],
    transports: [{ websocket: listens, tcp: { port: 0 } }, (transports) => ({ transports })],
    'transports.websocket': [listens, (websocket) => ({ transports: { websocket } })],
    'transports.tcp[0]': [listens, (first) => ({ transports: { tcp: [first, { port: 0 }] } })],
    http: [{ port: 0, path: '/p', credentials: unread, headers: ['x'] }, (http) => ({ http })],
    'transports.http': [{ port: 0, path: '/p' }, (http) => ({ transports: { http } })],
    'http.cors': [{ origins: ['https://a.example'], maxAge: 5 }, (cors) => ({ http: { port: 0, cors } })],
    'http.events': [{ maxTags: 5, secret: 'x'.repeat(16) }, (events) => ({ http: { port: 0, events } })],
    discovery: [{ backend: staticDiscovery([]), interval: 5_000, connect: 'all' }, (discovery) => ({ discovery })],
    'discovery.node': [
      { zone: 'z', region: 'r', labels: { a: 'b' } },
      (node) => ({ discovery: { backend: staticDiscovery([]), node } }),
    ],
  };

  it.each(Object.entries(within))('%s: a getter runs once', async (_, [given, optionsWith]) => {
    const { options, reads } = counted(given);
    await using node = Netron.prepare({ logger: quiet, ...optionsWith(options as never) });
    await node.startListening();
    await node.service<typeof echo>('echo', { timeout: 1 }).say('a').catch(unread);
    for (const [name, times] of Object.entries(reads)) expect(times, name).toBe(1);
  });

  it('are those given at first, even if the objects change before the node listens', async () => {
    const websocket = { host: '127.0.0.1', port: 0 };
    const transports: Record<string, { port: number }> = { websocket };
    const origins = ['https://a.example'];
    const node = { zone: 'z', labels: { a: 'b' } };
    const backend = [memoryDiscovery(new MemoryRegistry())];
    const discovery = { backend, node, interval: 1_000, advertise: ['ws://a.example:1'] };
    const limits = { message: 100_000 };
    await using made = Netron.prepare({ transports, http: { cors: { origins } }, discovery, limits, id: 'a', logger: quiet });
    Object.assign(websocket, { host: '0.0.0.0' });
    Object.assign(transports, { tcp: { port: 0 } });
    Object.assign(node, { zone: 'other' });
    Object.assign(node.labels, { a: 'other' });
    Object.assign(limits, { message: 1 });
    Object.assign(discovery, { interval: -1 });
    origins.length = 0;
    discovery.advertise.length = 0;
    backend.length = 0;
    await made.startListening();
    expect(made.addresses).toEqual([expect.stringMatching(/^ws:..127/)]);
    const [found] = await made.discovery.getActiveNodes();
    expect(found).toMatchObject({ id: 'a', zone: 'z', labels: { a: 'b' }, addresses: ['ws://a.example:1'] });
    expect(made.discovery.backends).toMatchObject([{ name: 'memory' }]);
    const asked = await fetch(`http://127.0.0.1:${made.listenPort}/netron`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    });
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://a.example');
  });

  it.each(['limits', 'session', 'events', 'discovery', 'http'])('%s refuses instances of a class with hidden members', (name) => {
    class Hidden {
      get message() {
        return 1;
      }
    }
    expect(() => Netron.prepare({ [name]: new Hidden(), logger: quiet })).toThrow(
      `${name} must be a plain object, not an object of class Hidden`,
    );
  });

  it('the node that is expected, of a connection that is made again', async () => {
    const expect_ = { id: 'server' };
    await using pair = await nodes({ connect: { expect: expect_, reconnectDelay: 1 }, client: { random: () => 0 } });
    expect_.id = 'somebody else';
    const again = new Promise<void>((resolve) => pair.peer.once('connected', resolve));
    pair.back.link?.connection.terminate();
    await again;
    expect(pair.peer.id).toBe('server');
  });
});

describe('records within the options of a service', () => {
  const policies: Record<string, object> = {
    retry: { attempts: 2, initialDelay: 1 },
    hedge: { after: 5_000, budget: 0.1 },
    breaker: { consecutive: 5 },
    bulkhead: { concurrent: 5 },
  };
  const within: Record<string, readonly [given: object, options: (given: never) => ServiceConnectOptions]> = {
    ...Object.fromEntries(Object.entries(policies).map(([name, given]) => [name, [given, (own: object) => ({ [name]: own })]])),
    ...Object.fromEntries(
      Object.entries(policies).map(([name, given]) => [
        `methods.say.${name}`,
        [given, (own: object) => ({ methods: { say: { [name]: own } } })],
      ]),
    ),
    'methods.say': [{ timeout: 5_000, idempotent: true }, (say) => ({ methods: { say } })],
    methods: [{ say: { timeout: 5_000 } }, (methods) => ({ methods })],
    healthCheck: [{ interval: 5_000, timeout: 100 }, (healthCheck) => ({ healthCheck })],
    outliers: [{ consecutive: 5, ejection: 5 }, (outliers) => ({ outliers })],
  };

  it.each(Object.entries(within))('%s: a getter runs once', async (_, [given, optionsWith]) => {
    await using pair = await nodes({ services: [echo] });
    const { options, reads } = counted(given);
    const remote = pair.client.service<typeof echo>('echo', optionsWith(options as never));
    expect([await remote.say('a'), await remote.say('b')]).toEqual(['a', 'b']);
    for (const [name, times] of Object.entries(reads)) expect(times, name).toBe(1);
  });
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
  EventBus: [{ tiemout: 5 }, { message: /unknown option 'tiemout'/ }, async (options) => new EventBus(options)],
  'listen of the memory transport': [
    { maxConections: 3 },
    { message: /unknown option 'maxConections'/ },
    (options) => new MemoryTransport().listen('a', options),
  ],
  'listen of the WebSocket transport': [
    { maxConections: 3 },
    { message: /unknown option 'maxConections'/ },
    (options) => new WebSocketTransport().listen(0, options),
  ],
};

describe('inherited options', () => {
  it.each(Object.entries(refused))('%s heeds them', async (_, [given, expected, use]) => {
    await expect(use(given as never)).rejects.toMatchObject(expected as object);
    await expect(use(Object.create(given) as never)).rejects.toMatchObject(expected as object);
  });

  it.each(Object.entries(refused))('%s refuses instances of a class with hidden members', async (_, [, , use]) => {
    class Hidden {
      get credentials() {
        return 'x';
      }
    }
    await expect(use(new Hidden() as never)).rejects.toThrow(/must be a plain object, not an object of class Hidden/);
  });

  it('are read from a class with only properties, and __proto__ is not an option', () => {
    class Settings {
      timeout = 5;
    }
    expect(readOptions(new (class extends Settings {})())).toEqual({ timeout: 5 });
    const read = readOptions(JSON.parse('{"__proto__":{"timeout":5}}') as { timeout?: number });
    expect([Object.keys(read), read.timeout]).toEqual([['__proto__'], undefined]);
  });
});
