import { describe, expect, it } from 'vitest';
import { until } from '../test/integration/nodes.js';
import { VirtualClock } from '../test/integration/virtual-clock.js';
import {
  allParts,
  callbacks,
  compression,
  connect,
  errors,
  events,
  longMessages,
  middleware,
  pipelining,
  reconnect,
  sessions,
  streams,
  values,
} from './client.js';
import { deflate } from './compression/node/deflate.js';
import {
  defineService,
  MemoryTransport,
  type Middleware,
  Netron,
  NetronError,
  type NetronOptions,
  NotFoundError,
  RemoteError,
} from './index.js';
import type { Connection } from './transport/transport.js';
import { writePing } from './wire/packets.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

class Refused extends Error {
  override name = 'Refused';
}

const echo = defineService({
  name: 'echo@1.0.0',
  methods: {
    say: (text: string) => text,
    same: (value: unknown) => value,
    rich: () => new Map([['a', 1]]),
    huge: () => 2n ** 60n,
    long: (length: number) => 'x'.repeat(length),
    expression: () => /a/,
    each: async (items: number[], give: (item: number) => Promise<number>) => Promise.all(items.map(give)),
    refuse: () => {
      throw new Refused('no');
    },
    miss: () => {
      throw new NotFoundError('no such item', { details: { item: 7 } });
    },
    fault: () => {
      throw new RangeError('out of range', { cause: new NotFoundError('gone') });
    },
    hang: () => new Promise(() => {}),
    async *count(to: number) {
      for (let number = 1; number <= to; number += 1) yield number;
    },
  },
});

async function serve(options: NetronOptions = {}) {
  const server = await Netron.create({ id: 'server', stopTimeout: 0, logger: quiet, listenPort: 0, ...options });
  await server.peer.exposeService(echo);
  return server;
}

describe('connect() of the client entry', () => {
  it('takes a list of addresses: the next one when one cannot be reached, is lost, or leaves', async () => {
    const transport = new MemoryTransport();
    const clock = new VirtualClock();
    const names = ['a', 'b', 'c'];
    const serveAt = async (name: string) => {
      const options = { transports: { memory: { name } }, additionalTransports: [transport] };
      const server = await Netron.create({ id: name, clock, logger: quiet, stopTimeout: 0, ...options });
      await server.peer.exposeService(echo);
      return server;
    };
    const servers = new Map<string, Netron>();
    for (const name of ['a', 'b']) servers.set(name, await serveAt(name));
    const list = names.map((name) => `memory:${name}`);
    const options = { transport, clock, random: () => 0.99, logger: quiet, heartbeatInterval: 0, with: [reconnect()] };
    // It starts with the third address, where no server listens.
    await using peer = await connect(list, options);
    expect(peer.id).toBe('a');
    const remote = await peer.queryInterface<typeof echo>('echo');
    await clock.advance(20_000);
    void servers.get('a')?.drain();
    const id = (): string => peer.id;
    while (id() !== 'b') await clock.advance(10);
    expect(await remote.say('still here')).toBe('still here');
    await servers.get('a')?.stop();
    servers.set('c', await serveAt('c'));
    const [back] = servers.get('b')?.peers.values() ?? [];
    const [, called] = [back?.link?.connection.terminate(), remote.say('lost')];
    await servers.get('b')?.stopListening();
    await clock.settle(called.catch(() => {}));
    while (id() !== 'c') await clock.advance(10);
    expect(await clock.settle(remote.say('c'))).toBe('c');
    await peer.disconnect();
    for (const name of ['b', 'c']) await servers.get(name)?.stop();
    await expect(connect(list, options)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(connect([], options)).rejects.toBeInstanceOf(TypeError);
  });

  it('calls, streams and receives callbacks over WebSocket, like a node', async () => {
    await using server = await serve({ errors: [Refused], remoteEvents: true });
    await using peer = await connect(server.addresses[0] as string, { with: [...allParts(), errors([Refused])], logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    expect(await remote.say('hello')).toBe('hello');
    expect(await remote.each([1, 2], async (item) => item * 2)).toEqual([2, 4]);
    const numbers: number[] = [];
    for await (const number of remote.count(3)) numbers.push(number);
    expect(numbers).toEqual([1, 2, 3]);
    await expect(remote.refuse()).rejects.toBeInstanceOf(Refused);
    const heard = new Promise((resolve) => void peer.subscribe('news', resolve).then(() => server.publish('news', 1)));
    expect(await heard).toBe(1);
  });

  it('sends credentials and accepts call options', async () => {
    await using server = await serve({
      authenticate: (given) => {
        if (given !== 'secret') throw new Error('wrong');
      },
    });
    const [address] = server.addresses as [string];
    await expect(connect(address, { credentials: 'guess' })).rejects.toMatchObject({ code: 'unauthenticated' });
    const clock = new VirtualClock();
    await using peer = await connect(address, { clock, credentials: () => 'secret', requestTimeout: 30, logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    await expect(clock.settle(remote.hang())).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('reconnects as the same peer after a lost connection', async () => {
    await using server = await serve();
    await using peer = await connect(server.addresses[0] as string, {
      with: [reconnect({ reconnectDelay: 1 })],
      logger: quiet,
    });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const back = new Promise((resolve) => peer.once('connected', resolve));
    const [seen] = [...server.peers.values()];
    seen?.link?.terminate(new Error('lost'));
    await back;
    expect(await remote.say('again')).toBe('again');
    expect([...server.peers.values()]).toEqual([seen]);
  });

  it('does not let the other end run tasks, subscribe to events or expose services', async () => {
    const memory = new MemoryTransport();
    await using server = await serve({ listenPort: 0, additionalTransports: [memory], transports: { memory: { name: 'a' } } });
    await using peer = await connect('memory:a', { transport: memory, with: [callbacks()], logger: quiet });
    const [back] = [...server.peers.values()];
    for (const attempt of [
      back?.runTask('any'),
      back?.subscribe('news', () => {}),
      back?.exposeService(defineService({ name: 'guest@1.0.0', methods: {} })),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'permission_denied' });
    }
    await expect(back?.queryInterface('netron')).rejects.toBeInstanceOf(NetronError);
    expect(peer.state).toBe('ready');
  });

  it('runs its middleware around outgoing and incoming calls', async () => {
    await using server = await serve();
    const [address] = server.addresses as [string];
    const seen: string[] = [];
    const note =
      (side: string): Middleware =>
      (next) =>
      (call) => {
        seen.push(`${side} ${call.service}.${call.method}`);
        return next(call);
      };
    const around = middleware({
      outgoing: [note('makes')],
      incoming: [{ beforeCall: note('answers')(() => undefined, undefined as never) }],
    });
    await using peer = await connect(address, { with: [callbacks(), around], logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    expect(await remote.each([1], async (item) => item * 2)).toEqual([2]);
    expect(seen).toEqual(['makes echo.each', 'answers function.call']);
    const failing = connect(address, { with: [middleware({ outgoing: ['none' as never] })], logger: quiet });
    await expect(failing).rejects.toThrow(TypeError);
  });

  it('fails as a node does when nobody answers', async () => {
    await expect(connect('memory:nobody', { transport: new MemoryTransport() })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(connect('nonsense')).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('a client without some of its parts', () => {
  it('calls and receives errors without any of them', async () => {
    await using server = await serve({ remoteEvents: true });
    await using peer = await connect(server.addresses[0] as string, { logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    expect(await remote.say('hello')).toBe('hello');
    await expect(remote.refuse()).rejects.toMatchObject({ name: 'Refused', message: 'no' });
    const missing = {
      code: 'failed_precondition',
      message: expect.stringContaining("the part events(): import { events } from '@omnitron-dev/netron/client'"),
    };
    await expect(peer.subscribe('news', () => {})).rejects.toMatchObject(missing);
    await expect(
      (remote as unknown as { on(name: string, listener: () => void): Promise<unknown> }).on('x', () => {}),
    ).rejects.toMatchObject(missing);
  });

  it('has one connection, and reports when it is lost, its node leaves, or a service is gone', async () => {
    const coming = "reconnecting requires the part reconnect(): import { reconnect } from '@omnitron-dev/netron/client'";
    const lost = { code: 'unavailable', message: expect.stringContaining(coming) };
    await using server = await serve();
    const [address] = server.addresses as [string];
    const peer = await connect(['ws://127.0.0.1:1', address], { random: () => 0, logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const hanging = remote.hang().catch((error: unknown) => error);
    const gone = new Promise<string>((resolve) => void peer.once('disconnected', resolve));
    [...server.peers.values()][0]?.link?.connection.terminate();
    expect(await gone).not.toBe('');
    expect(await hanging).toMatchObject({ code: 'unknown_outcome' });
    expect(peer.state).toBe('closed');
    await expect(remote.say('again')).rejects.toMatchObject(lost);
    await expect(peer.queryInterface('echo')).rejects.toMatchObject(lost);

    await using next = await connect(address, { logger: quiet });
    const other = await next.queryInterface<typeof echo>('echo');
    const running = other.hang().catch((error: unknown) => error);
    expect(await other.say('after it')).toBe('after it');
    const removed = new Promise((resolve) => void next.once('services:removed', resolve));
    await server.peer.concealService('echo');
    await removed;
    await expect(other.say('gone')).rejects.toMatchObject({ code: 'not_found', message: "no service 'echo'" });
    expect(next.roundTrip).toBeUndefined();
    // The call in flight keeps the connection open.
    const draining = new Promise((resolve) => void next.once('draining', resolve));
    const drained = server.drain();
    await draining;
    await expect(next.runTask('any')).rejects.toMatchObject(lost);
    await next.disconnect();
    expect(await running).toMatchObject({ code: 'unknown_outcome' });
    await drained;
  });

  it('stays open without a heartbeat of its own: it answers that of the other end, but no flood of pings', async () => {
    const memory = new MemoryTransport();
    const clock = new VirtualClock();
    const accepting = { additionalTransports: [memory], transports: { memory: { name: 'a' } } };
    await using server = await serve({ clock, heartbeatInterval: 1_000, ...accepting });
    await using peer = await connect('memory:a', { transport: memory, clock, logger: quiet });
    const [back] = [...server.peers.values()];
    await clock.advance(10_000);
    expect([peer.state, back?.state, back?.roundTrip]).toEqual(['ready', 'ready', 0]);
    const ended = new Promise<string>((resolve) => void peer.once('disconnected', resolve));
    for (let number = 0; number <= 100; number += 1) back?.links[0]?.outbox.packet(writePing, 1_000 + number);
    expect(await clock.settle(ended)).toContain('too many pings');
  });

  it('gives its peer no identity and exposes nothing on it without callbacks()', async () => {
    await using server = await serve({ allowRemoteServices: true });
    const [address] = server.addresses as [string];
    const needs = { code: 'failed_precondition', message: expect.stringContaining('the part callbacks()') };
    await using peer = await connect(address, { logger: quiet });
    expect(peer.identity).toBeUndefined();
    expect(() => peer.identify('ann')).toThrow(expect.objectContaining(needs));
    await expect(peer.exposeService(echo)).rejects.toMatchObject(needs);
    await expect(peer.concealService('echo')).rejects.toMatchObject(needs);
    await using called = await connect(address, { with: [callbacks()], logger: quiet });
    called.identify('ann');
    expect(called.identity).toBe('ann');
  });

  it('keeps no session without reconnect()', async () => {
    await expect(connect('ws://127.0.0.1:1', { with: [sessions()] })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('sessions require the part reconnect()'),
    });
    expect(() => reconnect({ reconnectDelay: -1 })).toThrow(
      new RangeError('reconnectDelay must be a non-negative number, not -1'),
    );
  });

  it('hears events with events()', async () => {
    await using server = await serve({ remoteEvents: true });
    await using peer = await connect(server.addresses[0] as string, { with: [events()], logger: quiet });
    const heard = new Promise((resolve) => void peer.subscribe('news', resolve).then(() => server.publish('news', 1)));
    expect(await heard).toBe(1);
  });

  it('has promises for results, and calls on them with pipelining()', async () => {
    await using server = await serve();
    const [address] = server.addresses as [string];
    await using plain = await connect(address, { logger: quiet });
    const remote = await plain.queryInterface<typeof echo>('echo');
    const said = remote.say('hello');
    expect(said.constructor).toBe(Promise);
    expect((said as unknown as Record<string, unknown>).length).toBeUndefined();
    expect(await said).toBe('hello');
    await expect(remote.say(remote.say('x') as never)).rejects.toMatchObject({ code: 'failed_precondition' });
    await using peer = await connect(address, { with: [pipelining(), values()], logger: quiet });
    const piped = await peer.queryInterface<typeof echo>('echo');
    expect(await piped.say(piped.say('again') as never)).toBe('again');
    const box = piped.same({ text: 'inside' }) as unknown as { text: Promise<string> };
    expect(await box.text).toBe('inside');
  });

  it('throws in the loop over a stream without streams()', async () => {
    await using server = await serve();
    await using peer = await connect(server.addresses[0] as string, { logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const read = async () => {
      for await (const number of remote.count(3)) expect(number).toBe(0);
    };
    await expect(read()).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('streams()') });
    expect(await remote.say('still')).toBe('still');
  });

  it('streams without callbacks', async () => {
    await using server = await serve();
    await using peer = await connect(server.addresses[0] as string, { with: [streams()], logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const numbers: number[] = [];
    for await (const number of remote.count(3)) numbers.push(number);
    expect(numbers).toEqual([1, 2, 3]);
    await expect(remote.each([1], async (item) => item)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('the part callbacks()'),
    });
    expect(await remote.say('still')).toBe('still');
  });

  it('receives callbacks without streams', async () => {
    await using server = await serve();
    await using peer = await connect(server.addresses[0] as string, { with: [callbacks()], logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    expect(await remote.each([1, 2], async (item) => item * 2)).toEqual([2, 4]);
    const read = async () => {
      for await (const number of remote.count(3)) expect(number).toBe(0);
    };
    await expect(read()).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('the part streams()'),
    });
    const send = remote.say((async function* () {})() as unknown as string);
    await expect(send).rejects.toMatchObject({ code: 'failed_precondition' });
    // The producer was notified, and the connection stays open.
    const [back] = [...server.peers.values()];
    await until(() => back?.load.streamsOut === 0);
    expect(await remote.say('still')).toBe('still');
  });

  it('receives errors with their codes, but not as instances of classes', async () => {
    await using server = await serve();
    await using peer = await connect(server.addresses[0] as string, { logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const missing = await remote.miss().catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(NetronError);
    expect(missing).not.toBeInstanceOf(NotFoundError);
    expect(missing).toMatchObject({ name: 'NotFoundError', code: 'not_found', details: { item: 7 }, outcome: 'ran' });
    const fault = await remote.fault().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(RemoteError);
    expect(fault).toMatchObject({ name: 'RangeError', message: 'out of range', code: 'unknown' });
    await expect(remote.say(new Error('mine') as never)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('the part errors()'),
    });
    expect(await remote.say('still')).toBe('still');
  });

  it('sends plain values, and refuses others with an error that names the part values()', async () => {
    await using server = await serve();
    await using peer = await connect(server.addresses[0] as string, { logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const plain = { at: new Date(7), bytes: Buffer.from([1, 2]), list: [undefined, null, 1.5, -0], text: 'ünï ☃' };
    expect(await remote.same(plain)).toEqual(plain);
    const needed = { code: 'failed_precondition', message: expect.stringContaining('the part values()') };
    class Point {
      x = 1;
    }
    for (const value of [new Map(), new Set(), 1n, new Float32Array(1), new URL('a:b'), /a/, 'a\ud800', new Point()]) {
      await expect(remote.same([value])).rejects.toMatchObject(needed);
    }
    await expect(remote.rich()).rejects.toMatchObject({ ...needed, outcome: 'ran' });
    await expect(remote.huge()).rejects.toMatchObject({ ...needed, outcome: 'ran' });
    // The server does not send it values of protocol features that it lacks.
    await expect(remote.expression()).rejects.toMatchObject({ code: 'internal' });
    expect(await remote.same('still')).toBe('still');
    await using rich = await connect(server.addresses[0] as string, { with: [values()], logger: quiet });
    const all = { map: new Map([['a', new Set([1n])]]), url: new URL('https://example.com/'), expression: /a/i };
    expect(await (await rich.queryInterface<typeof echo>('echo')).same(all)).toEqual(all);
  });

  it('sends messages of up to 1 MiB, and of up to 16 MiB with longMessages()', async () => {
    await using server = await serve();
    const [address] = server.addresses as [string];
    const long = 'x'.repeat(2 * 1024 * 1024);
    await using short = await connect(address, { logger: quiet });
    const echoing = await short.queryInterface<typeof echo>('echo');
    expect(await echoing.say('x'.repeat(1_000_000))).toHaveLength(1_000_000);
    await expect(echoing.say(long)).rejects.toMatchObject({ code: 'resource_exhausted' });
    await expect(echoing.long(long.length)).rejects.toMatchObject({ code: 'resource_exhausted' });
    await using peer = await connect(address, { with: [longMessages()], logger: quiet });
    expect(await (await peer.queryInterface<typeof echo>('echo')).say(long)).toBe(long);
  });

  it('compresses with compression()', async () => {
    await using server = await serve({ compression: deflate() });
    await using peer = await connect(server.addresses[0] as string, { with: [compression(deflate())], logger: quiet });
    const remote = await peer.queryInterface<typeof echo>('echo');
    const connection = peer.link?.connection as Connection;
    const lengths: number[] = [];
    const send = connection.send.bind(connection);
    connection.send = (message, lasting) => {
      lengths.push(message.length);
      return send(message, lasting);
    };
    const text = 'compressible '.repeat(1_000);
    expect(await remote.say(text)).toBe(text);
    expect(lengths).toEqual([expect.toSatisfy((length: number) => length < 1_000)]);
  });

  it('connects to a node whose metadata has more than plain values', async () => {
    await using server = await serve({ metadata: { at: new Map([['a', 1n]]), zone: 'a' } });
    await using peer = await connect(server.addresses[0] as string, { logger: quiet });
    expect(peer.metadata).toEqual({ at: undefined, zone: 'a' });
  });

  it('names the part that an option belongs to', async () => {
    for (const [option, part] of [
      ['middleware', 'middleware'],
      ['callSites', 'middleware'],
      ['errors', 'errors'],
      ['types', 'values'],
      ['session', 'sessions'],
      ['reconnectDelay', 'reconnect'],
      ['maxReconnectAttempts', 'reconnect'],
    ] as const) {
      await expect(connect('ws://127.0.0.1:1', { [option]: true } as never)).rejects.toMatchObject({
        code: 'failed_precondition',
        message: `option ${option} requires with: [${part}(…)]`,
      });
    }
  });

  it('refuses calls of the other end', async () => {
    const memory = new MemoryTransport();
    await using server = await serve({ listenPort: 0, additionalTransports: [memory], transports: { memory: { name: 'a' } } });
    await using peer = await connect('memory:a', { transport: memory, logger: quiet });
    const [back] = [...server.peers.values()];
    await expect(back?.runTask('any')).rejects.toMatchObject({ code: 'unimplemented' });
    expect(peer.state).toBe('ready');
  });
});
