import { describe, expect, it } from 'vitest';
import { defineService, Netron, type NetronOptions, withOptions } from '../../src/index.js';
import { failure, gate, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

const counter = (log: string[] = []) =>
  defineService({
    name: 'counter@1.0.0',
    methods: {
      add(text: string): void {
        log.push(text);
        (this as unknown as { emit(event: string, data: unknown): void }).emit('grown', text);
      },
      size: () => log.length,
      wait: () => new Promise<void>(() => {}),
    },
  });
type Counter = ReturnType<typeof counter>;

async function pair(options: { server?: NetronOptions; client?: NetronOptions } = {}) {
  const memory = new TappedTransport();
  const log: string[] = [];
  const common = { logger: quiet, additionalTransports: [memory], reconnectDelay: 1 };
  const start = (id = 'server') =>
    Netron.create({
      ...{ ...common, id, stopTimeout: 0, remoteEvents: true, allowServiceEvents: true, transports: { memory: { name: 'a' } } },
      ...options.server,
    });
  const server = await start();
  await server.peer.exposeService(counter(log));
  const client = await Netron.create({ ...common, id: 'client', stopTimeout: 0, ...options.client });
  const peer = await client.connect('memory:a');
  await until(() => server.peers.size === 1);
  const nodes = { memory, log, server, client, peer, start };
  return {
    ...nodes,
    async [Symbol.asyncDispose]() {
      await Promise.all([client.stop({ timeout: 0 }), server.stop({ timeout: 0 })]);
    },
  };
}

describe('after a lost connection', () => {
  it('41: peer object, proxies and subscriptions continue, once each, with one entry at both ends', async () => {
    await using nodes = await pair();
    const { client, server, peer, memory } = nodes;
    const back = server.peers.get('client');
    const remote = await peer.queryInterface<Counter>('counter');
    const heard: unknown[] = [];
    await peer.subscribe('news', (data) => heard.push(data));
    const events: string[] = [];
    peer.on('connected', () => events.push('connected'));
    peer.on('disconnected', () => events.push('disconnected'));
    for (let round = 1; round <= 5; round += 1) {
      memory.last.cut();
      await until(() => events.length === round * 2);
      await remote.add('x');
      await until(() => server.peers.size === 1);
      server.publish('news', round);
      await until(() => heard.length >= round);
      await settled();
      expect(heard).toHaveLength(round);
    }
    expect(nodes.log).toHaveLength(5);
    expect(client.peers.get('server')).toBe(peer);
    expect(client.peers.size).toBe(1);
    expect([...server.peers.values()]).toEqual([back]);
    expect(events).toEqual(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'disconnected' : 'connected')));
    expect(server.subscriberCount()).toBe(1);
  });

  it('41: when only the client has noticed the loss, the server accepts it as the same peer', async () => {
    await using nodes = await pair();
    const { server, peer, memory } = nodes;
    const back = server.peers.get('client');
    const remote = await peer.queryInterface<Counter>('counter');
    const states: string[] = [];
    server.on('peer:connected', ({ id }) => states.push(`+${id}`));
    server.on('peer:disconnected', (id) => states.push(`-${id}`));
    for (let round = 1; round <= 3; round += 1) {
      memory.last.cutHere();
      await until(() => peer.state !== 'ready');
      await remote.add('x');
      expect(peer.state).toBe('ready');
      expect(back?.state).toBe('ready');
      expect([...server.peers.values()]).toEqual([back]);
    }
    expect(states).toEqual(['-client', '+client', '-client', '+client', '-client', '+client']);
  });

  it('41: nodes connected to each other both ways reconnect', async () => {
    const memory = new TappedTransport();
    const node = (id: string) =>
      Netron.create({
        id,
        logger: quiet,
        additionalTransports: [memory],
        reconnectDelay: 1,
        transports: { memory: { name: id } },
      });
    await using a = await node('a');
    await using b = await node('b');
    const toB = await a.connect('memory:b');
    const toA = await b.connect('memory:a');
    await until(() => a.peers.size === 2 && b.peers.size === 2);
    for (let round = 0; round < 3; round += 1) {
      const before = memory.taps.length;
      for (const tap of memory.taps) tap.cut();
      await until(() => memory.taps.length >= before + 2 && a.peers.size === 2 && b.peers.size === 2);
      expect([toA.state, toB.state]).toEqual(['ready', 'ready']);
    }
    await toA.disconnect();
    await toB.disconnect();
    await until(() => a.peers.size === 0 && b.peers.size === 0);
    expect((await b.connect('memory:a')).state).toBe('ready');
  });

  it('18, 41: services that a client exposed on the server continue for all', async () => {
    await using nodes = await pair({ server: { allowRemoteServices: true } });
    const { memory, peer, server } = nodes;
    const log: string[] = [];
    const guest = defineService({ name: 'guest@1.0.0', methods: { hi: (name: string) => void log.push(name) } });
    await peer.exposeService(guest);
    const [tap] = [memory.last];
    await using other = await Netron.create({ id: 'other', logger: quiet, additionalTransports: [memory] });
    const remote = await (await other.connect('memory:a')).queryInterface<typeof guest>('guest');
    for (const cut of [() => tap.cut(), () => memory.last.cutHere()]) {
      await remote.hi('before');
      cut();
      await until(() => peer.state !== 'ready');
      await until(() => peer.state === 'ready');
      await settled();
      await remote.hi('after');
    }
    expect(log).toEqual(['before', 'after', 'before', 'after']);
    await peer.concealService('guest');
    expect(await failure(remote.hi('x'))).toMatchObject({ code: 'not_found' });
    expect(server.getServices()).toHaveLength(1);
  });

  it('37: calls in flight reject at once with unknown_outcome, calls made meanwhile wait and run', async () => {
    await using nodes = await pair();
    const { peer, memory } = nodes;
    const remote = await peer.queryInterface<Counter>('counter');
    const calls = Array.from({ length: 100 }, () => failure(remote.wait()));
    await settled();
    memory.down = true;
    memory.last.cut();
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'unknown_outcome' });
    const waiting = Array.from({ length: 20 }, (_, number) => remote.add(String(number)));
    const impatient = await failure(withOptions(remote, { timeout: 20 }).add('never'));
    expect(impatient).toMatchObject({ code: 'deadline_exceeded' });
    const controller = new AbortController();
    const given = failure(withOptions(remote, { signal: controller.signal }).add('never'));
    controller.abort();
    expect(await given).toMatchObject({ code: 'canceled' });
    expect(await failure(withOptions(remote, { signal: AbortSignal.abort() }).add('never'))).toMatchObject({ code: 'canceled' });
    memory.down = false;
    await Promise.all(waiting);
    expect(nodes.log).toEqual(Array.from({ length: 20 }, (_, number) => String(number)));
  });

  it('the time a call has waited for a connection counts', async () => {
    const clock = new VirtualClock();
    await using nodes = await pair({ server: { clock }, client: { clock, random: () => 0 } });
    const { peer, memory } = nodes;
    const remote = await peer.queryInterface<Counter>('counter');
    memory.down = true;
    memory.last.cut();
    await until(() => peer.state !== 'ready');
    let over = false;
    const call = failure(withOptions(remote, { timeout: 300 }).wait()).finally(() => {
      over = true;
    });
    await clock.advance(150);
    memory.down = false;
    await clock.advance(50);
    await until(() => peer.state === 'ready');
    await clock.advance(99);
    expect(over).toBe(false);
    await clock.advance(51);
    expect(await call).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('42: stop and disconnect end reconnecting', async () => {
    for (const end of ['stop', 'disconnect'] as const) {
      await using nodes = await pair();
      const { client, peer, memory } = nodes;
      const remote = await peer.queryInterface<Counter>('counter');
      memory.down = true;
      memory.last.cut();
      await until(() => peer.state !== 'ready');
      const waiting = failure(remote.add('x'));
      await (end === 'stop' ? client.stop() : peer.disconnect());
      expect(await waiting).toMatchObject({ code: 'unavailable' });
      memory.down = false;
      await settled(100);
      expect(memory.taps).toHaveLength(1);
      expect(peer.state).toBe('closed');
      expect(client.peers.size).toBe(0);
    }
  });

  it('maxReconnectAttempts limits the attempts; then the peer is closed and its calls fail', async () => {
    await using nodes = await pair({ client: { maxReconnectAttempts: 3 } });
    const { client, peer, memory } = nodes;
    const remote = await peer.queryInterface<Counter>('counter');
    memory.down = true;
    const closed = gate<Error>();
    peer.on('error', closed.open);
    memory.last.cut();
    expect(await failure(remote.add('x'))).toBeInstanceOf(Error);
    expect((await closed.opened).message).toContain('down');
    expect(peer.state).toBe('closed');
    expect(client.peers.size).toBe(0);
    expect(await failure(remote.add('x'))).toMatchObject({ code: 'unavailable' });
    expect(await failure(peer.queryInterface('counter'))).toMatchObject({ code: 'unavailable' });
  });
});

describe('a restarted server', () => {
  it('41: proxies and service events continue although its services are exposed after it listens', async () => {
    await using nodes = await pair();
    const { peer } = nodes;
    const remote = await peer.queryInterface<Counter>('counter');
    const heard: unknown[] = [];
    const { on } = remote as unknown as { on(event: string, listener: (data: unknown) => void): Promise<unknown> };
    await on.call(remote, 'grown', (data) => heard.push(data));
    await remote.add('before');
    await until(() => heard.length === 1);
    await nodes.server.stop();
    await until(() => peer.state !== 'ready');
    await using again = await nodes.start('server-2');
    await until(() => peer.state === 'ready');
    expect(peer.id).toBe('server-2');
    const log: string[] = [];
    await again.peer.exposeService(counter(log));
    await until(() => peer.hasService('counter'));
    await remote.add('after');
    expect(log).toEqual(['after']);
    await until(() => heard.length === 2);
    await settled();
    expect(heard).toEqual(['before', 'after']);
  });
});

describe('C7: backoff', () => {
  it('full jitter, 0.5 s on average, doubled up to 30 s, reset after 10 s of connection', async () => {
    const clock = new VirtualClock();
    const memory = new TappedTransport();
    await using server = await Netron.create({
      logger: quiet,
      additionalTransports: [memory],
      transports: { memory: { name: 'a' } },
    });
    const client = await Netron.create({
      logger: quiet,
      clock,
      random: () => 0.5,
      heartbeatInterval: 0,
      additionalTransports: [memory],
    });
    const peer = await client.connect('memory:a');
    memory.down = true;
    memory.last.cut();
    await until(() => peer.state === 'suspended');
    const delays: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await until(() => clock.size === 1);
      delays.push(clock.next);
      await clock.advance(clock.next);
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    memory.down = false;
    await clock.advance(clock.next);
    await until(() => peer.state === 'ready');
    // Lost again at once: the delays go on where they were.
    memory.down = true;
    memory.last.cut();
    await until(() => peer.state === 'suspended');
    await until(() => clock.size === 1);
    expect(clock.next).toBe(15_000);
    memory.down = false;
    await clock.advance(15_000);
    await until(() => peer.state === 'ready');
    await clock.advance(10_000);
    memory.last.cut();
    await until(() => peer.state === 'suspended');
    await until(() => clock.size === 1);
    expect(clock.next).toBe(500);
    await client.stop();
    expect(clock.size).toBe(0);
    expect(server.peers.size).toBeLessThanOrEqual(1);
  });
});
