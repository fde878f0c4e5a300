/** Features of the documents that have no sample: a line in a table, an option, a promise. */
import { describe, expect, it } from 'vitest';
import {
  type CallContext,
  type Connection,
  type ConnectOptions,
  defineService,
  type Handler,
  MemoryNetwork,
  MemoryTransport,
  Netron,
  type NetronOptions,
  type RemotePeer,
} from '../../src/index.js';
import { gate, nodes, quiet, transports, until } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';

const calculator = () => defineService({ name: 'calculator@1.0.0', methods: { add: (a: number, b: number) => a + b } });

/** Counts what leaves those who connect by it. */
class CountingTransport extends MemoryTransport {
  sent = 0;
  override async connect(url: string, options?: ConnectOptions): Promise<Connection> {
    const connection = await super.connect(url, options);
    const send = connection.send.bind(connection);
    connection.send = (message) => {
      this.sent += message.length;
      return send(message);
    };
    return connection;
  }
}

describe('properties of a node', () => {
  it('NC-08, 09, 10: id, peers and transports', async () => {
    await using pair = await nodes({ transport: 'ws' });
    expect([pair.server.id, pair.client.id]).toEqual(['server', 'client']);
    expect([pair.server.peers.size, pair.client.peers.size]).toEqual([1, 1]);
    expect(pair.client.peers.get('server')).toBe(pair.peer);
    const names = pair.server.transports.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['websocket', 'tcp', 'unix', 'ipc', 'pipe', 'memory']));
    await pair.peer.disconnect();
    expect(pair.client.peers.size).toBe(0);
    await until(() => pair.server.peers.size === 0);
    const { id } = await Netron.create();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('NC-11: services with version, methods and schema', async () => {
    await using pair = await nodes({
      services: [
        defineService({
          name: 'counter@2.1.0',
          methods: { add: (by: number) => by, async *count() {} },
          properties: { unit: 'm' },
        }),
      ],
    });
    const [summary] = pair.server.getServices();
    expect(summary).toMatchObject({ name: 'counter', version: '2.1.0' });
    expect(summary?.getMethods()).toEqual(['add', 'count']);
    expect(summary?.getSchema().members).toEqual([
      { name: 'add', kind: 'method' },
      { name: 'count', kind: 'stream' },
      { name: 'unit', kind: 'property' },
    ]);
  });

  it('PE-04, 06, 07: a concealed service is neither listed nor found', async () => {
    await using pair = await nodes({ services: [calculator()] });
    expect(pair.peer.getServiceNames()).toEqual(['calculator@1.0.0']);
    expect(pair.peer.hasService('calculator')).toBe(true);
    await pair.server.peer.concealService('calculator');
    await until(() => !pair.peer.hasService('calculator@1.0.0'));
    expect(pair.peer.getServiceNames()).toEqual([]);
    await expect(pair.peer.queryInterface('calculator')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('NC-15: a wildcard listener gets every event until it is removed', async () => {
    await using pair = await nodes({ services: [calculator()] });
    const remote = await pair.peer.queryInterface<ReturnType<typeof calculator>>('calculator');
    const heard: unknown[] = [];
    const off = pair.server.on('*', (event, data) => heard.push([event, data]));
    await remote.add(1, 2);
    expect(heard).toEqual([
      ['rpc:start', expect.objectContaining({ service: 'calculator', method: 'add' })],
      ['rpc:end', { context: expect.objectContaining({ service: 'calculator', method: 'add' }), error: undefined }],
    ]);
    off();
    await remote.add(1, 2);
    expect(heard.length).toBe(2);
  });
});

describe('NC-16, 17: listening', () => {
  it.each<[NetronOptions, boolean]>([
    [{ listenPort: 0 }, true],
    [{ port: 0 }, true],
    [{ server: true }, true],
    [{ port: 0, server: true }, true],
    [{ port: 0, server: false }, false],
    [{ transports: { websocket: { port: 0 } } }, true],
    [{ transports: { tcp: { port: 0 } } }, true],
    [{}, false],
  ])('%j', async (options, listens) => {
    await using node = await Netron.create({ logger: quiet, ...options });
    expect(node.listenPort > 0).toBe(listens);
    expect(node.addresses.length).toBe(listens ? 1 : 0);
    if (!listens) return;
    await node.peer.exposeService(calculator());
    await using client = await Netron.create({ logger: quiet });
    const peer = await client.connect(node.addresses[0] as string);
    expect(await peer.call('calculator', 'add', [2, 3])).toBe(5);
  });

  it('ruling 5: contradictory options of one listener are refused', async () => {
    await expect(Netron.create({ listenPort: 0, transports: { websocket: { port: 0 } } })).rejects.toThrow(TypeError);
  });
});

describe('NC-18, 27: every wait has an end', () => {
  it('ST-11: a stream without a next item', async () => {
    const stalled = defineService({
      name: 'stalled',
      methods: {
        async *items() {
          yield 1;
          await new Promise(() => {});
        },
      },
    });
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [stalled], client: { clock, streamTimeout: 40 } });
    const service = await pair.peer.queryInterface<typeof stalled>('stalled');
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of service.items()) seen.push(item as number);
    })();
    await until(() => seen.length === 1);
    await expect(clock.settle(reading)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(seen).toEqual([1]);
  });

  it('a call, an event', async () => {
    const silent = defineService({ name: 'silent', methods: { wait: () => new Promise<void>(() => {}) } });
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [silent], client: { clock, requestTimeout: 40, eventTimeout: 40 } });
    await expect(clock.settle(pair.peer.call('silent', 'wait'))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    pair.client.subscribe('e', () => new Promise(() => {}));
    await expect(clock.settle(pair.client.emitParallel('e', 1))).rejects.toMatchObject({ name: 'EmitError' });
  });
});

describe('MW-05: middleware on both sides', () => {
  it('runs around incoming and outgoing calls, sees results and errors, and may change them', async () => {
    const seen: string[] = [];
    const log = (side: string) => ({
      beforeCall: ({ service, method, peer }: CallContext) => void seen.push(`${side} ${service}.${method} ${peer.id}`),
      afterCall: (_call: CallContext, result: unknown) => void seen.push(`${side} ${result}`),
      onError: (_call: CallContext, error: unknown) => void seen.push(`${side} ${(error as Error).message}`),
    });
    const service = defineService({
      name: 'service',
      methods: {
        double: (x: number) => 2 * x,
        fail() {
          throw new Error('failed');
        },
      },
    });
    const increment = (next: Handler): Handler => async (call) => ((await next(call)) as number) + 1;
    await using pair = await nodes({
      services: [service],
      server: { middleware: { incoming: [log('server')] } },
      client: { middleware: { outgoing: [log('client'), increment] } },
    });
    const remote = await pair.peer.queryInterface<typeof service>('service');
    seen.length = 0;
    expect(await remote.double(4)).toBe(9);
    expect(seen).toEqual(['client service.double server', 'server service.double client', 'server 8', 'client 9']);
    seen.length = 0;
    await expect(remote.fail()).rejects.toThrow('failed');
    expect(seen).toEqual(['client service.fail server', 'server service.fail client', 'server failed', 'client failed']);
  });
});

describe('ruling 30: events between nodes', () => {
  it('EV-01 to 06: the four patterns call local and remote subscribers', async () => {
    const memory = new MemoryTransport();
    const common = { logger: quiet, additionalTransports: [memory], stopTimeout: 0 };
    await using server = await Netron.create({ ...common, remoteEvents: ['price:*'], transports: { memory: { name: 'a' } } });
    await using client = await Netron.create(common);
    const peer = await client.connect('memory:a');
    const order: string[] = [];
    server.subscribe('price:asked', (by: number) => {
      order.push('local');
      return 10 * by;
    });
    const off = await peer.subscribe('price:*', async (by) => {
      order.push('remote begins');
      await new Promise((resolve) => setImmediate(resolve));
      order.push('remote ends');
      return (by as number) + 1;
    });
    server.subscribe('price:asked', () => {
      order.push('last');
      return 0;
    });
    expect(await server.emitParallel('price:asked', 2)).toEqual([20, 3, 0]);
    order.length = 0;
    expect(await server.emitSerial('price:asked', 3)).toEqual([30, 4, 0]);
    expect(order).toEqual(['local', 'remote begins', 'remote ends', 'last']);
    const join = (text: string, result: unknown): string => `${text} ${result}`;
    expect(await server.emitReduce('price:asked', 1, join, '')).toBe(' 10 2 0');
    expect(await server.emitReduceRight('price:asked', 1, join, '')).toBe(' 0 2 10');
    await off();
    expect(await server.emitParallel('price:asked', 2)).toEqual([20, 0]);
    await expect(peer.subscribe('salary:*', () => {})).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('the wire', () => {
  it('SR-07, 08: a call with two small numbers takes at most 16 bytes for a known service', async () => {
    const transport = new CountingTransport();
    const common = { logger: quiet, additionalTransports: [transport], stopTimeout: 0 };
    await using server = await Netron.create({ ...common, transports: { memory: { name: 'a' } } });
    await server.peer.exposeService(calculator());
    await using client = await Netron.create(common);
    const peer = await client.connect('memory:a');
    const remote = await peer.queryInterface<ReturnType<typeof calculator>>('calculator');
    await remote.add(1, 2);
    const before = transport.sent;
    expect(await remote.add(2, 3)).toBe(5);
    expect(transport.sent - before).toBeLessThanOrEqual(16);
  });

  it('SR-05: messages are compressed only between nodes that both support it', async () => {
    const { deflate } = await import('../../src/compression/node/deflate.js');
    const echo = () => defineService({ name: 'echo', methods: { echo: (text: string) => text } });
    const text = 'the same words again and again, '.repeat(4_000);
    const sent = async (server: NetronOptions, client: NetronOptions): Promise<number> => {
      const network = new MemoryNetwork();
      const transport = new CountingTransport(network);
      const common = { logger: quiet, additionalTransports: [transport], stopTimeout: 0 };
      await using near = await Netron.create({ ...common, ...server, transports: { memory: { name: 'a' } } });
      await near.peer.exposeService(echo());
      await using far = await Netron.create({ ...common, ...client });
      const peer = await far.connect('memory:a');
      const remote = await peer.queryInterface<ReturnType<typeof echo>>('echo');
      const before = transport.sent;
      expect(await remote.echo(text)).toBe(text);
      return transport.sent - before;
    };
    const compression = deflate();
    expect(await sent({ compression }, { compression })).toBeLessThan(text.length / 20);
    expect(await sent({}, { compression })).toBeGreaterThan(text.length);
    expect(await sent({ compression }, {})).toBeGreaterThan(text.length);
  });
});

describe.each(transports)('over %s', (transport) => {
  it('NC-28, 29: a missing service, a failing method and a disconnecting caller do not affect others', async () => {
    const held = gate();
    const service = defineService({
      name: 'mixed',
      methods: {
        fail() {
          throw new Error('failed');
        },
        wait: () => held.opened,
        ping: () => 'pong',
      },
    });
    await using pair = await nodes({ transport, services: [service] });
    const other = await pair.client.connect(pair.address);
    const left = other.call('mixed', 'wait').catch((error: Error & { code?: string }) => error.code);
    await expect(pair.peer.call('missing', 'x')).rejects.toMatchObject({ code: 'not_found' });
    await expect(pair.peer.call('mixed', 'fail')).rejects.toThrow('failed');
    await other.disconnect();
    expect(await left).toMatch(/^unavailable|unknown_outcome|canceled$/);
    expect(await pair.peer.call('mixed', 'ping')).toBe('pong');
    held.open();
    await until(() => pair.server.peers.size === 1);
  });

  it('NC-31: one-way events and calls of one peer arrive in the order they were sent', async () => {
    const seen: number[] = [];
    const log = defineService({ name: 'log', methods: { write: (line: number) => void seen.push(line) } });
    await using pair = await nodes({ transport, services: [log], server: { remoteEvents: true } });
    const remote = await pair.peer.queryInterface<typeof log>('log');
    await Promise.all(Array.from({ length: 500 }, (_, line) => remote.write(line)));
    expect(seen).toEqual(Array.from({ length: 500 }, (_, line) => line));
    const heard: unknown[] = [];
    await pair.peer.subscribe('tick', (data) => void heard.push(data));
    for (let tick = 0; tick < 500; tick += 1) void pair.server.publish('tick', tick);
    await until(() => heard.length === 500);
    expect(heard).toEqual(Array.from({ length: 500 }, (_, tick) => tick));
  });

  it('ST-06, 12: a video is streamed at the pace of its viewer, and the source is not read ahead', async () => {
    let made = 0;
    const video = defineService({
      name: 'video',
      methods: {
        async *watch() {
          for (; made < 4_000; made += 1) yield new Uint8Array(16_384).fill(made % 256);
        },
      },
    });
    await using pair = await nodes({ transport, services: [video] });
    const remote = await pair.peer.queryInterface<typeof video>('video');
    let seen = 0;
    let ahead = 0;
    for await (const chunk of remote.watch()) {
      expect(chunk.length).toBe(16_384);
      expect(chunk[0]).toBe(seen % 256);
      seen += 1;
      await new Promise((resolve) => setImmediate(resolve));
      ahead = Math.max(ahead, made - seen);
      if (seen === 400) break;
    }
    // 64 MB are there to be watched, and at most 2 MiB were fetched before they were asked for.
    expect(ahead * 16_384).toBeLessThanOrEqual(2 * 1024 * 1024);
    await until(() => !(pair.peer as RemotePeer).isBusy());
  });
});
