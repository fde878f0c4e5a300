import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, Netron, withOptions } from '../../src/index.js';
import { FaultProxy } from '../transport/fault-proxy.js';
import { failure, gate, nodes, quiet, settled, until } from './nodes.js';
import { TappedTransport } from './wire.js';

const files = () =>
  defineService({
    name: 'files@1.0.0',
    methods: {
      echo: (value: unknown) => value,
      async *read(count: number) {
        for (let number = 0; number < count; number += 1) yield new Uint8Array(3_000).fill(number & 255);
      },
      wait: () => new Promise<void>(() => {}),
    },
  });
type Files = ReturnType<typeof files>;

async function proxied(scheme: 'tcp' | 'ws') {
  const server = await Netron.create({
    ...{ id: 'server', logger: quiet, stopTimeout: 0, remoteEvents: true },
    transports: scheme === 'tcp' ? { tcp: { port: 0 } } : { websocket: { port: 0 } },
  });
  await server.peer.exposeService(files());
  const port = Number(/:(\d+)/.exec(server.addresses[0]?.replace(/^[a-z]+:/, '') ?? '')?.[1]);
  const proxy = new FaultProxy({ port, host: '127.0.0.1' });
  await proxy.listen();
  const client = await Netron.create({ id: 'client', logger: quiet, stopTimeout: 0, reconnectDelay: 1 });
  const connect = () => client.connect(`${scheme}://127.0.0.1:${proxy.port}`);
  return {
    ...{ server, proxy, client, connect },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.stop(), server.stop()]);
      await proxy.close();
    },
  };
}

describe.each(['tcp', 'ws'] as const)('over a bad network, %s', (scheme) => {
  it('41, 37: survives resets: calls in flight fail at once, others continue', async () => {
    await using net = await proxied(scheme);
    const peer = await net.connect();
    const remote = await peer.queryInterface<Files>('files');
    const heard: unknown[] = [];
    await peer.subscribe('tick', (data) => heard.push(data));
    for (let round = 1; round <= 5; round += 1) {
      const call = failure(remote.wait());
      await settled();
      net.proxy.reset();
      expect(await call).toMatchObject({ code: 'unknown_outcome' });
      expect(await remote.echo(round)).toBe(round);
      await until(() => net.server.peers.size === 1);
      net.server.publish('tick', round);
      await until(() => heard.length === round);
    }
    expect(net.client.peers.get('server')).toBe(peer);
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });

  it('F4, 63: latency and fragmentation change neither order nor content', async () => {
    await using net = await proxied(scheme);
    net.proxy.faults = { slice: 7, slices: 600, latency: 1 };
    const peer = await net.connect();
    const remote = await peer.queryInterface<Files>('files');
    const texts = Array.from({ length: 50 }, (_, number) => `${number} ${'ä'.repeat(number)}`);
    expect(await Promise.all(texts.map((text) => remote.echo(text)))).toEqual(texts);
    let count = 0;
    for await (const chunk of remote.read(50)) {
      expect([chunk.length, chunk[0], chunk[2_999]]).toEqual([3_000, count, count]);
      count += 1;
    }
    expect(count).toBe(50);
  });

  it('B10: a connection cut in the middle of a message ends every call, and the next one works', async () => {
    await using net = await proxied(scheme);
    net.proxy.faults = { cutAfter: 6_000, reset: true };
    const peer = await net.connect();
    const remote = await peer.queryInterface<Files>('files');
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => remote.echo('x'.repeat(1_000))));
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    net.proxy.faults = {};
    await until(() => peer.state === 'ready');
    expect(await remote.echo('again')).toBe('again');
    expect(peer.isBusy()).toBe(false);
  });
});

describe('concurrent operations', () => {
  it('52: a service exposed during the handshake is announced', async () => {
    for (let wait = 0; wait < 6; wait += 1) {
      const memory = new TappedTransport();
      await using server = await Netron.create({
        logger: quiet,
        transports: { memory: { name: 'a' } },
        additionalTransports: [memory],
      });
      await using client = await Netron.create({ id: 'client', logger: quiet, additionalTransports: [memory] });
      const connecting = client.connect('memory:a');
      await settled(wait);
      await Promise.all([client.peer.exposeService(files()), server.peer.exposeService(files())]);
      const peer = await connecting;
      await until(() => server.peers.size === 1);
      await until(() => server.peers.get('client')?.hasService('files') === true && peer.hasService('files'));
    }
  });

  it('a client whose first attempt failed has its own id', async () => {
    const memory = new TappedTransport();
    await using server = await Netron.create({
      logger: quiet,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
    });
    await using client = await Netron.create({ id: 'client', logger: quiet, additionalTransports: [memory] });
    memory.down = true;
    await failure(client.connect('memory:a'));
    memory.down = false;
    await client.connect('memory:a');
    await until(() => server.peers.size === 1);
    expect([...server.peers.keys()]).toEqual(['client']);
  });

  it('many clients connect and disconnect without leftovers at the server', async () => {
    await using pair = await nodes({ transport: 'tcp', services: [files()] });
    for (let round = 0; round < 5; round += 1) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => Netron.create({ logger: quiet, stopTimeout: 0 })));
      await Promise.all(
        clients.map(async (client) => {
          const remote = await (await client.connect(pair.address)).queryInterface<Files>('files');
          expect(await remote.echo(client.id)).toBe(client.id);
        }),
      );
      expect(pair.server.peers.size).toBe(21);
      await Promise.all(clients.map((client) => client.stop()));
      await until(() => pair.server.peers.size === 1);
    }
    expect(await pair.peer.call('files', 'echo', [1])).toBe(1);
  });
});

describe('the local peer', () => {
  it('40, C10: supports deadlines and cancellation like a remote peer', async () => {
    const aborted = gate<unknown>();
    const service = defineService({
      name: 'hanging@1.0.0',
      methods: {
        wait() {
          const { signal } = getCallContext();
          signal.addEventListener('abort', () => aborted.open(signal.reason));
          return new Promise<void>(() => {});
        },
      },
    });
    await using node = await Netron.create({ logger: quiet, stopTimeout: 0 });
    await node.peer.exposeService(service);
    const local = await node.peer.queryInterface<typeof service>('hanging');
    expect(await failure(withOptions(local, { timeout: 30 }).wait())).toMatchObject({ code: 'deadline_exceeded' });
    expect(await aborted.opened).toMatchObject({ code: 'deadline_exceeded' });
    const controller = new AbortController();
    const call = failure(withOptions(local, { signal: controller.signal }).wait());
    controller.abort();
    expect(await call).toMatchObject({ code: 'canceled' });
    expect(await failure(withOptions(local, { signal: AbortSignal.abort() }).wait())).toMatchObject({ code: 'canceled' });
  });
});
