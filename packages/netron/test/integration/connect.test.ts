import { once } from 'node:events';
import { createServer, connect as dial } from 'node:net';
import { describe, expect, it } from 'vitest';
import { defineService, MemoryTransport, Netron, NetronError, type RemotePeer } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

describe('C5: errors of connecting and listening', () => {
  it('nobody listens, on every transport', async () => {
    const clock = new VirtualClock();
    await using client = await Netron.create({ clock, logger: quiet, additionalTransports: [new MemoryTransport()] });
    for (const address of ['tcp://127.0.0.1:1', 'ws://127.0.0.1:1', 'memory:nobody', 'unix:/nonexistent.sock']) {
      expect(await failure(client.connect(address)), address).toMatchObject({ code: 'unavailable' });
    }
    expect(await failure(client.connect('gopher://x'))).toMatchObject({ code: 'invalid_argument' });
    expect(client.peers.size).toBe(0);
  });

  it.each(['http://127.0.0.1:3000', 'localhost:3000', '127.0.0.1', ''])(
    "'%s' is not an address: the error names the known schemes",
    async (address) => {
      await using client = await Netron.create({ logger: quiet, additionalTransports: [new MemoryTransport()] });
      const error = await failure(client.connect(address));
      expect(error.code).toBe('invalid_argument');
      const schemes = /^unsupported address '(.*)': it must start with (.*)$/.exec(error.message);
      expect(schemes?.[1]).toBe(address);
      expect(schemes?.[2]?.split(', ')).toEqual(expect.arrayContaining(['ws:', 'wss:', 'tcp:', 'memory:']));
      expect(schemes?.[2]).not.toContain('ipc');
    },
  );

  it.each([undefined, null])('%s is refused by connect', async (nothing) => {
    await using client = await Netron.create({ logger: quiet });
    expect(await failure(client.connect(nothing as never))).toMatchObject({
      code: 'invalid_argument',
      message: 'expected an address or an object to connect to',
    });
  });

  it('the address is in use', async () => {
    await using first = await Netron.create({ logger: quiet, transports: { tcp: { port: 0 } }, listenPort: 0 });
    const tcp = Number(/(\d+)$/.exec(first.addresses.find((address) => address.startsWith('tcp')) ?? '')?.[1]);
    expect(await failure(Netron.create({ logger: quiet, transports: { tcp: { port: tcp } } }))).toMatchObject({
      code: 'unavailable',
    });
    expect(await failure(Netron.create({ logger: quiet, listenPort: first.listenPort }))).toMatchObject({ code: 'unavailable' });
  });

  it('the other end accepts and sends nothing', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const clock = new VirtualClock();
    await using client = await Netron.create({ clock, logger: quiet });
    const accepted = once(server, 'connection');
    const connecting = failure(client.connect(`tcp://127.0.0.1:${port}`, { timeout: 200 }));
    await accepted;
    await settled();
    await clock.advance(250);
    expect(await connecting).toMatchObject({ code: 'deadline_exceeded' });
    server.close();
  });

  it('an aborted signal ends connecting: before, while dialing, during the handshake', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
    await using client = await Netron.create({ logger: quiet });
    expect(await failure(client.connect(address, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'canceled' });
    const controller = new AbortController();
    const connecting = failure(client.connect(address, { signal: controller.signal }));
    await new Promise<void>((resolve) => server.once('connection', () => resolve()));
    await settled();
    controller.abort();
    expect(await connecting).toMatchObject({ code: 'canceled' });
    const retrying = new AbortController();
    const again = failure(client.connect('tcp://127.0.0.1:1', { signal: retrying.signal, maxReconnectAttempts: 1_000 }));
    await settled();
    retrying.abort();
    expect(await again).toMatchObject({ code: 'canceled' });
    server.close();
  });

  it('failing credentials end the attempt and leave no connection', async () => {
    const memory = new TappedTransport();
    await using server = await Netron.create({
      logger: quiet,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
    });
    const credentials = async () => {
      throw new NetronError('unauthenticated', 'no token');
    };
    await using client = await Netron.create({ logger: quiet, additionalTransports: [memory], credentials });
    expect(await failure(client.connect('memory:a'))).toMatchObject({ code: 'unauthenticated' });
    expect(memory.taps).toHaveLength(0);
    expect(server.peers.size).toBe(0);
  });

  it('42: stop ends pending connection attempts', async () => {
    const client = await Netron.create({ logger: quiet });
    const connecting = failure(client.connect('tcp://127.0.0.1:1', { maxReconnectAttempts: 1_000_000, reconnectDelay: 5 }));
    await settled();
    await client.stop();
    expect(await connecting).toMatchObject({ code: 'canceled' });
    expect(await failure(client.connect('tcp://127.0.0.1:1'))).toMatchObject({ code: 'failed_precondition' });
  });
});

describe('admission', () => {
  const service = defineService({ name: 'whoami@1.0.0', methods: { ask: () => 'x' } });

  it.each(transports)('authentication admits or refuses without details, over %s', async (transport) => {
    const asked: unknown[] = [];
    await using pair = await nodes({
      transport,
      services: [service],
      server: {
        authenticate: (credentials, { id }) => {
          asked.push([credentials, id]);
          if (credentials !== 'secret') throw new Error('password for /etc/shadow is wrong');
          return { name: 'ann' };
        },
      },
      client: { credentials: () => 'secret' },
    });
    expect(pair.back.identity).toEqual({ name: 'ann' });
    await using stranger = await Netron.create({ id: 'stranger', logger: quiet, additionalTransports: pair.client.transports });
    const refusal = await failure(stranger.connect(pair.address, { maxReconnectAttempts: 5 }));
    expect(refusal).toMatchObject({ code: 'unauthenticated' });
    expect(refusal.message).not.toContain('shadow');
    expect(asked).toEqual([
      ['secret', 'client'],
      [undefined, 'stranger'],
    ]);
    expect([...pair.server.peers.keys()]).toEqual(['client']);
  });

  it('5: a client that disconnects while it is authenticated never becomes a peer, and its id is free again', async () => {
    const memory = new TappedTransport();
    const verdict = gate();
    let asked = 0;
    await using server = await Netron.create({
      logger: quiet,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
      authenticate: () => {
        asked += 1;
        return verdict.opened;
      },
    });
    const connected: RemotePeer[] = [];
    server.on('peer:connected', (peer) => connected.push(peer));
    await using client = await Netron.create({ id: 'c', logger: quiet, additionalTransports: [memory] });
    const connecting = failure(client.connect('memory:a', { timeout: 5_000 }));
    await until(() => asked === 1);
    memory.last.cut();
    await connecting;
    await settled();
    verdict.open();
    await settled();
    expect(server.peers.size).toBe(0);
    expect(connected).toEqual([]);
    await using same = await Netron.create({ id: 'c', logger: quiet, additionalTransports: [memory] });
    expect((await same.connect('memory:a')).state).toBe('ready');
    expect([...server.peers.keys()]).toEqual(['c']);
  });

  it('5: an authentication that takes too long is a refusal, whatever its later result', async () => {
    const memory = new TappedTransport();
    const verdict = gate();
    const clock = new VirtualClock();
    await using server = await Netron.create({
      logger: quiet,
      clock,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
      authenticate: () => verdict.opened,
    });
    await using client = await Netron.create({ id: 'c', logger: quiet, additionalTransports: [memory] });
    const connecting = failure(client.connect('memory:a'));
    await until(() => clock.size > 0);
    await clock.advance(5_000);
    expect(await connecting).toMatchObject({ code: 'unavailable', retryable: true });
    verdict.open();
    await settled();
    expect(server.peers.size).toBe(0);
    void server.stop({ timeout: 0 });
    await clock.advance(100);
  });

  it.each([
    ['unavailable', 'unavailable', 250],
    ['deadline_exceeded', 'unavailable', undefined],
    ['unknown_outcome', 'unavailable', undefined],
    ['resource_exhausted', 'resource_exhausted', 250],
    ['permission_denied', 'unauthenticated', undefined],
  ] as const)(
    '5: an authentication that fails with %s is told as %s, by connections and edges',
    async (code, told, retryAfterMs) => {
      const memory = new TappedTransport();
      await using server = await Netron.create({
        logger: quiet,
        transports: { memory: { name: 'a' } },
        additionalTransports: [memory],
        authenticate: () => {
          throw new NetronError(code, 'the provider at 10.0.0.7 is away', {
            ...(retryAfterMs !== undefined && { retryAfterMs }),
          });
        },
      });
      await using client = await Netron.create({ id: 'c', logger: quiet, additionalTransports: [memory] });
      const expected = { code: told, retryAfterMs, message: expect.not.stringContaining('10.0.0.7') };
      expect(await failure(client.connect('memory:a'))).toMatchObject(expected);
      expect(await failure(server.authenticate('token', { id: 'edge', address: 'edge' }))).toMatchObject(expected);
    },
  );

  it('20: an id in use cannot be taken, nor the id of the node itself', async () => {
    await using pair = await nodes({ services: [service] });
    const peer = pair.server.peers.get('client');
    for (const id of ['client', 'server']) {
      await using thief = await Netron.create({ id, logger: quiet, additionalTransports: pair.client.transports });
      expect(await failure(thief.connect(pair.address, { maxReconnectAttempts: 3 })), id).toMatchObject({
        code: 'already_exists',
      });
    }
    expect(pair.server.peers.get('client')).toBe(peer);
    expect(peer?.state).toBe('ready');
  });
});

describe('unauthenticated connections', () => {
  it('5: silent sockets are closed in time and never listed in peers', async () => {
    const clock = new VirtualClock();
    await using server = await Netron.create({ logger: quiet, clock, transports: { tcp: { port: 0 } } });
    const port = Number(/(\d+)$/.exec(server.addresses[0] ?? '')?.[1]);
    let open = 0;
    const sockets = Array.from({ length: 50 }, () => {
      const socket = dial(port, '127.0.0.1', () => {
        open += 1;
      });
      socket
        .on('error', () => {})
        .on('close', () => {
          open -= 1;
        });
      socket.resume();
      return socket;
    });
    await until(() => open === 50 && clock.size >= 50);
    expect(server.peers.size).toBe(0);
    await clock.advance(5_000);
    await until(() => open === 0);
    expect(server.peers.size).toBe(0);
    for (const socket of sockets) socket.destroy();
    void server.stop({ timeout: 0 });
    await clock.advance(100);
  });

  it('1, B1: garbage before and after hello closes that connection only', async () => {
    const service = defineService({ name: 'alive@1.0.0', methods: { yes: () => true } });
    await using pair = await nodes({ transport: 'tcp', services: [service] });
    const port = Number(/(\d+)$/.exec(pair.address)?.[1]);
    const frame = (body: Buffer) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      return Buffer.concat([head, body]);
    };
    const rubbish = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      frame(Buffer.from([0])),
      frame(Buffer.from([1, 0x4e, 0x54, 0x52, 0x4e, 1, 0xc1])),
      frame(Buffer.alloc(70_000, 1)),
      Buffer.alloc(300, 0xff),
      frame(Buffer.from([2, 1, 0, 0, 0x90])),
      frame(Buffer.from([31, 0])),
    ];
    for (const bytes of rubbish) {
      const closed = gate<void>();
      const socket = dial(port, '127.0.0.1', () => socket.write(bytes));
      socket.on('error', () => {}).on('close', () => closed.open());
      socket.resume();
      await closed.opened;
    }
    expect([...pair.server.peers.keys()]).toEqual(['client']);
    expect(await (await pair.peer.queryInterface<typeof service>('alive')).yes()).toBe(true);
  });
});
