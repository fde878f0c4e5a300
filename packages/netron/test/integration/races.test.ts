import { describe, expect, it } from 'vitest';
import { defineService, events, Netron, type RemotePeer } from '../../src/index.js';
import { visit } from '../hostile/stranger.js';
import { failure, gate, nodes, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

const echo = defineService({ name: 'echo@1.0.0', methods: { say: (text: string) => text } });

async function pair(authenticate?: () => unknown) {
  const memory = new TappedTransport();
  const common = { logger: quiet, additionalTransports: [memory] };
  const server = await Netron.create({
    ...common,
    id: 'server',
    stopTimeout: 0,
    transports: { memory: { name: 'a' } },
    ...(authenticate && { authenticate }),
  });
  await server.peer.exposeService(echo);
  const client = await Netron.create({ ...common, id: 'client', stopTimeout: 0, reconnectDelay: 1 });
  const peer = await client.connect('memory:a');
  await until(() => server.peers.size === 1);
  const [back] = [...server.peers.values()] as [RemotePeer];
  return {
    ...{ memory, server, client, peer, back },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.stop(), server.stop()]);
    },
  };
}

/** What a peer tells of its connection, as it comes. */
function told(peer: RemotePeer): string[] {
  const events: string[] = [];
  peer.on('connected', () => events.push('connected'));
  peer.on('disconnected', () => events.push('disconnected'));
  return events;
}

describe('a peer that is closed while it reconnects', () => {
  it('on the event of the loss: no end keeps a connection that the other does not know', async () => {
    await using nodes = await pair();
    const { server, peer, back, memory } = nodes;
    back.on('disconnected', () => void back.disconnect());
    memory.last.cutHere();
    await until(() => peer.state === 'ready' && memory.taps.length > 1 && server.peers.size === 1);
    expect(back.state).toBe('closed');
    expect(await (await peer.queryInterface<typeof echo>('echo')).say('hi')).toBe('hi');
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('%i turns after it was admitted: it reconnects as a new one', async (turns) => {
    let asked = 0;
    let close: (() => void) | undefined;
    await using nodes = await pair(async () => {
      asked += 1;
      if (asked === 2) {
        void (async () => {
          for (let turn = 0; turn < turns; turn += 1) await undefined;
          close?.();
        })();
      }
    });
    const { server, peer, back, memory } = nodes;
    close = () => back.life.leave('it is not wanted');
    memory.last.cut();
    await until(() => asked > 1 && back.state === 'closed');
    await until(() => peer.state === 'ready' && server.peers.size === 1);
    const remote = await peer.queryInterface<typeof echo>('echo');
    expect(await remote.say('hi')).toBe('hi');
  });

  it('PE-08: does not reconnect when it is told so before its services are found again', async () => {
    await using nodes = await pair();
    const { server, peer, memory } = nodes;
    await peer.queryInterface<typeof echo>('echo');
    server.on('peer:connected', (guest) => void guest.disconnect());
    memory.last.cut();
    await until(() => peer.state === 'closed');
    await settled();
    expect(memory.taps).toHaveLength(2);
  });
});

describe('events of a peer', () => {
  it('PE-11: connected and disconnected alternate, also when a connection is lost before services were found again', async () => {
    await using nodes = await pair();
    const { server, peer, memory } = nodes;
    const events = told(peer);
    const remote = await peer.queryInterface<typeof echo>('echo');
    let cuts = 0;
    server.on('peer:connected', ({ link }) => {
      cuts += 1;
      if (cuts <= 3) link?.connection.terminate();
    });
    memory.last.cut();
    await until(() => cuts === 4 && peer.state === 'ready');
    expect(events).toEqual(['disconnected', 'connected']);
    expect(await remote.say('hi')).toBe('hi');
  });

  it('PE-11: a peer that is closed at once does not report connected afterwards', async () => {
    await using nodes = await pair();
    const { server, back, memory } = nodes;
    const events = told(back);
    server.on('peer:connected', (guest) => guest.life.leave('not now'));
    memory.last.cut();
    await until(() => back.state === 'closed');
    await settled();
    expect(events).not.toContain('connected');
  });
});

describe('a first message that cannot be written', () => {
  it.each([
    ['too long', 'x'.repeat(100_000)],
    ['no data', () => () => {}],
  ])('with %s as credentials: connecting fails at once and closes the connection', async (_, credentials) => {
    const memory = new TappedTransport();
    const clock = new VirtualClock();
    await using server = await Netron.create({
      logger: quiet,
      stopTimeout: 0,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
    });
    const client = await Netron.create({ id: 'client', logger: quiet, clock, additionalTransports: [memory] });
    expect((await failure(client.connect('memory:a', { credentials }))).message).toMatch(/./);
    await settled();
    expect(clock.size).toBe(0);
    expect(server.peers.size).toBe(0);
    await client.stop({ timeout: 0 });
  });
});

describe('a client that accepts short messages only', () => {
  it('is admitted although the names of services do not fit into one message', async () => {
    const services = Array.from({ length: 2_000 }, (_, number) =>
      defineService({ name: `a-service-with-quite-a-long-name-${number}@1.0.0`, methods: {} }),
    );
    await using pair = await nodes({ services, client: { limits: { message: 1_024 } } });
    await until(() => pair.peer.getServiceNames().length === 2_000);
  });
});

describe('a node that fails to start', () => {
  it('NC-04: closes the listeners that had started', async () => {
    await using taken = await Netron.create({ logger: quiet, listenPort: 0 });
    const memory = new TappedTransport();
    await failure(
      Netron.create({
        logger: quiet,
        additionalTransports: [memory],
        transports: { memory: { name: 'half' }, websocket: { port: taken.listenPort } },
      }),
    );
    await using node = await Netron.create({
      logger: quiet,
      additionalTransports: [memory],
      transports: { memory: { name: 'half' } },
    });
    expect(node.addresses).toEqual(['memory:half']);
  });
});

describe('a subscription', () => {
  it('outlives its proxy, also across reconnects, and releases the service when it ends', async () => {
    const memory = new TappedTransport();
    const ticker = defineService({
      name: 'ticker@1.0.0',
      methods: {
        tick(): void {
          this.emit('tick');
        },
      },
      events: events<{ tick: undefined }>(),
    });
    await using pair = await nodes({
      services: [ticker],
      server: { allowServiceEvents: true, transports: { memory: true }, additionalTransports: [memory] },
      client: { additionalTransports: [memory], reconnectDelay: 1 },
    });
    const remote = await pair.peer.queryInterface<typeof ticker>('ticker');
    let heard = 0;
    const off = await remote.on('tick', () => {
      heard += 1;
    });
    remote[Symbol.dispose]();
    expect(await failure(remote.tick())).toMatchObject({ code: 'failed_precondition' });
    expect(await failure(remote.on('tick', () => {}))).toMatchObject({ code: 'failed_precondition' });
    memory.last.cut();
    await until(() => memory.taps.length === 2 && pair.back.link?.publisher?.size === 1);
    ticker.tick();
    await until(() => heard === 1);
    expect(pair.peer.link?.imports.size).toBe(1);
    await off();
    await until(() => pair.peer.link?.imports.size === 0);
    await off();
  });
});

describe('peers at one address', () => {
  it('has the announced id, whatever the previous id was', async () => {
    const memory = new TappedTransport();
    const start = (id: string) =>
      Netron.create({ id, logger: quiet, transports: { memory: { name: 'a' } }, additionalTransports: [memory] });
    const first = await start('server#backup');
    await using client = await Netron.create({ logger: quiet, additionalTransports: [memory], reconnectDelay: 1 });
    const peer = await client.connect('memory:a');
    expect(peer.id).toBe('server#backup');
    await first.stop();
    await using second = await start('server');
    await until(() => peer.state === 'ready' && peer.id !== 'server#backup');
    expect([peer.id, [...client.peers.keys()]]).toEqual([second.id, ['server']]);
  });

  it('20: cannot have two ids: a session belongs to one id and leaves nothing behind', async () => {
    const memory = new TappedTransport();
    await using server = await Netron.create({
      logger: quiet,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
    });
    const session = new Uint8Array(16).fill(7);
    const first = await visit(server, { id: 'one', session });
    expect(await failure(visit(server, { id: 'two', session }))).toBeInstanceOf(Error);
    expect([...server.peers.keys()]).toEqual(['one']);
    first.connection.close(1000);
    await until(() => server.peers.size === 0);
    for (const id of ['one', 'two']) await visit(server, { id });
    expect([...server.peers.keys()]).toEqual(['one', 'two']);
  });

  it('20: cannot have two ids when both are admitted concurrently', async () => {
    const memory = new TappedTransport();
    const admission = gate();
    await using server = await Netron.create({
      logger: quiet,
      transports: { memory: { name: 'a' } },
      additionalTransports: [memory],
      authenticate: () => admission.opened,
    });
    const session = new Uint8Array(16).fill(7);
    const visits = ['one', 'two'].map((id) => visit(server, { id, session }));
    await settled();
    admission.open();
    for (const visited of await Promise.allSettled(visits)) {
      if (visited.status === 'fulfilled') visited.value.connection.close(1000);
    }
    await until(() => server.peers.size === 0);
    for (const id of ['one', 'two']) await visit(server, { id });
    expect([...server.peers.keys()]).toEqual(['one', 'two']);
  });
});

describe('at any time', () => {
  it('46: a node that is stopped during a connection attempt leaves nothing behind', async () => {
    const memory = new TappedTransport();
    for (let turns = 0; turns < 30; turns += 1) {
      const common = { logger: quiet, additionalTransports: [memory] };
      const server = await Netron.create({ ...common, id: 'server', transports: { memory: { name: 'a' } } });
      const client = await Netron.create({ ...common, id: 'client', reconnectDelay: 1 });
      const dials = [1, 2, 3].map(() => client.connect('memory:a').catch((error: Error) => error));
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      await (turns % 2 === 0 ? client : server).stop();
      const results = await Promise.all(dials);
      await Promise.all([client.stop(), server.stop()]);
      for (const result of results) if (!(result instanceof Error)) expect(result.state).toBe('closed');
      expect([client.peers.size, server.peers.size]).toEqual([0, 0]);
    }
  });

  it('44: a peer disconnected while it reconnects is removed at both ends and can be connected again', async () => {
    for (let turns = 0; turns < 30; turns += 1) {
      await using nodes = await pair();
      const { server, client, peer, memory } = nodes;
      const remote = await peer.queryInterface<typeof echo>('echo');
      memory.last.cut();
      await until(() => peer.state !== 'ready');
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const call = remote.say('x').catch((error: Error) => error);
      await peer.disconnect();
      await call;
      await until(() => [...server.peers.values()].every(({ state }) => state !== 'ready'));
      expect([peer.state, client.peers.size]).toEqual(['closed', 0]);
      const again = await client.connect('memory:a');
      expect(await (await again.queryInterface<typeof echo>('echo')).say('hi')).toBe('hi');
    }
  });

  it('41: two connections to one address have the id of the node they lead to', async () => {
    const memory = new TappedTransport();
    const start = (id: string) =>
      Netron.create({ id, logger: quiet, stopTimeout: 0, transports: { memory: { name: 'a' } }, additionalTransports: [memory] });
    const first = await start('one');
    await using client = await Netron.create({ id: 'client', logger: quiet, additionalTransports: [memory], reconnectDelay: 1 });
    const peers = await Promise.all([client.connect('memory:a'), client.connect('memory:a')]);
    await first.stop();
    await using second = await start('two');
    await until(() => client.peers.has('two') && client.peers.has('two#2'));
    expect(new Set(client.peers.values())).toEqual(new Set(peers));
    expect([...second.peers.keys()].sort()).toEqual(['client', 'client#2']);
  });
});
