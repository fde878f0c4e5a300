/** Sessions: what is under way when a connection is lost goes on over the next one. */
import { describe, expect, it } from 'vitest';
import { staticDiscovery } from '../../src/discovery.js';
import { defineService, keep, MemoryTransport, Netron, type NetronError, type NetronOptions } from '../../src/index.js';
import { writeAck, writePing } from '../../src/wire/packets.js';
import { Log } from '../hostile/attacked.js';
import { visit } from '../hostile/stranger.js';
import { CuttingProxy } from '../transport/cutting-proxy.js';
import { drops } from './drops.js';
import { failure, quiet, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

function shop() {
  const effects = new Map<number, number>();
  let answer: (() => void) | undefined;
  const service = defineService({
    name: 'shop@1.0.0',
    methods: {
      order(id: number): number {
        effects.set(id, (effects.get(id) ?? 0) + 1);
        return id;
      },
      wait: () => new Promise<string>((resolve) => (answer = () => resolve('answered'))),
      async *count(to: number) {
        for (let at = 0; at < to; at += 1) {
          await null;
          yield at;
        }
      },
      async *endless() {
        for (let at = 0; ; at += 1) {
          await new Promise<void>((resolve) => setImmediate(resolve));
          yield at;
        }
      },
      twice: async (tell: (text: string) => Promise<string>) => {
        keep(tell);
        return async () => (await tell('a')) + (await tell('b'));
      },
    },
  });
  return { service, effects, answer: () => answer?.() };
}
type Shop = ReturnType<typeof shop>['service'];

interface PairOptions {
  readonly server?: NetronOptions;
  readonly client?: NetronOptions;
}

async function pair({ server: serverOptions, client: clientOptions }: PairOptions = {}) {
  const memory = new MemoryTransport();
  const sold = shop();
  const common: NetronOptions = { logger: quiet, additionalTransports: [memory], stopTimeout: 0 };
  const server = await Netron.create({
    ...{ ...common, id: 'server', remoteEvents: true, transports: { memory: { name: 'a' } } },
    ...serverOptions,
  });
  await server.peer.exposeService(sold.service);
  const client = await Netron.create({ ...common, id: 'client', reconnectDelay: 1, ...clientOptions });
  const peer = await client.connect('memory:a', { session: true });
  const remote = await peer.queryInterface<Shop>('shop');
  await until(() => server.peers.size === 1);
  return {
    ...{ memory, ...sold, server, client, peer, remote },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.stop(), server.stop()]);
    },
  };
}

describe('a session', () => {
  it('continues over the next connection: calls, streams, subscriptions and references', async () => {
    await using nodes = await pair();
    const { peer, remote, server, answer } = nodes;
    const { link } = peer;
    const back = server.peers.get('client');
    const states: string[] = [];
    for (const event of ['interrupted', 'resumed', 'connected', 'disconnected'] as const) {
      peer.on(event, () => states.push(`${event} ${peer.state}`));
    }
    const heard: unknown[] = [];
    await peer.subscribe('news', (data) => heard.push(data));
    const call = remote.wait();
    const both = (await remote.twice(async (text: string) => text.toUpperCase())) as unknown as () => Promise<string>;
    const items: number[] = [];
    for await (const item of await remote.count(300)) {
      items.push(item);
      if (item % 100 === 50) peer.link?.connection.terminate();
    }
    expect(items).toEqual(Array.from({ length: 300 }, (_, at) => at));
    server.publish('news', 1);
    expect(await both()).toBe('AB');
    answer();
    expect(await call).toBe('answered');
    await until(() => heard.length === 1);
    expect(peer.link).toBe(link);
    expect(server.peers.get('client')).toBe(back);
    expect(states.slice(0, 2)).toEqual(['interrupted suspended', 'resumed ready']);
    expect(states.filter((state) => /connected/.test(state))).toEqual([]);
  });

  it('accepts calls without a connection: they wait and run once', async () => {
    await using nodes = await pair();
    const { peer, remote, effects } = nodes;
    peer.link?.connection.terminate();
    expect(peer.state).toBe('suspended');
    expect(await Promise.all([1, 2, 3].map((id) => remote.order(id)))).toEqual([1, 2, 3]);
    expect([...effects.values()]).toEqual([1, 1, 1]);
  });

  it('that is not resumed in time fails its calls with unknown_outcome', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryTransport();
    const sold = shop();
    const common: NetronOptions = { logger: quiet, additionalTransports: [memory], stopTimeout: 0, clock };
    const server = await Netron.create({ ...common, id: 'server', transports: { memory: { name: 'a' } } });
    await server.peer.exposeService(sold.service);
    const client = await Netron.create({ ...common, id: 'client', requestTimeout: 0 });
    const peer = await clock.settle(client.connect('memory:a', { session: { window: 5_000 } }));
    const remote = await clock.settle(peer.queryInterface<Shop>('shop'));
    const call = failure(remote.wait());
    const stream = failure(
      (async () => {
        for await (const _ of await remote.endless());
      })(),
    );
    await clock.advance(10);
    await server.stopListening();
    peer.link?.connection.terminate();
    await clock.advance(4_900);
    expect(peer.state).toBe('suspended');
    expect(peer.link).toBeDefined();
    await clock.advance(200);
    expect(await call).toMatchObject({ code: 'unknown_outcome', details: { reason: 'resume_failed' }, outcome: 'unknown' });
    expect(await stream).toMatchObject({ code: 'unavailable', details: { reason: 'resume_failed' } });
    expect(peer.link).toBeUndefined();
    await clock.settle(Promise.all([client.stop(), server.stop()]));
    expect(clock.size).toBe(0);
  });

  it('ends when the other end does not know it, and a new one begins', async () => {
    await using nodes = await pair({ server: { session: { window: 1 } } });
    const { peer, remote, server, effects } = nodes;
    const { link } = peer;
    const call = failure(remote.wait());
    await until(() => peer.load.callsSent === 1);
    const [back] = server.peers.values();
    // The client waits for half a minute, the server for a millisecond.
    const { network } = nodes.memory;
    const listener = network.find('a');
    network.release('a');
    link?.connection.terminate();
    await until(() => back?.link === undefined);
    expect(peer.link).toBe(link);
    network.bind('a', listener as NonNullable<typeof listener>);
    expect(await call).toMatchObject({ code: 'unknown_outcome', details: { reason: 'resume_failed' } });
    expect(await remote.order(1)).toBe(1);
    expect(effects.get(1)).toBe(1);
    expect(peer.link).not.toBe(link);
  });

  it('is not used by ends without the option or feature', async () => {
    await using nodes = await pair({ server: { session: false } });
    const { peer, remote, effects } = nodes;
    const { link } = peer;
    expect(await remote.order(1)).toBe(1);
    const call = failure(remote.wait());
    await until(() => peer.load.callsSent === 1);
    peer.link?.connection.terminate();
    expect(await call).toMatchObject({ code: 'unknown_outcome' });
    expect(((await call) as NetronError).details).toBeUndefined();
    expect(await remote.order(2)).toBe(2);
    expect(peer.link).not.toBe(link);
    expect([...effects.values()]).toEqual([1, 1]);
  });

  it('refuses invalid bounds', async () => {
    await expect(Netron.create({ session: { window: 0 } })).rejects.toThrow(RangeError);
    await expect(Netron.create({ session: { window: 120_001 } })).rejects.toThrow(RangeError);
    await expect(Netron.create({ session: { buffer: 1_000 } })).rejects.toThrow(RangeError);
    await using node = await Netron.create();
    await expect(node.connect('memory:nobody', { session: { buffer: 1.5 } })).rejects.toThrow(RangeError);
  });
});

describe('a connection that is cut at every byte of request and answer', () => {
  it.each([
    ['a peer', 200],
    ['a service', 1_000],
  ] as const)('F2: each call of %s, of %i, has one effect and its answer', async (target, runs) => {
    const { service, effects } = shop();
    const server = await Netron.create({ id: 'server', logger: quiet, transports: { tcp: { port: 0, host: '127.0.0.1' } } });
    await server.peer.exposeService(service);
    const proxy = new CuttingProxy(Number(/:(\d+)$/.exec(server.addresses[0] as string)?.[1]));
    const address = `tcp://127.0.0.1:${await proxy.listen()}`;
    const discovery = { discovery: staticDiscovery([{ id: 'server', address }]) };
    // No delay before the next connection.
    const client = await Netron.create({ logger: quiet, reconnectDelay: 0, ...(target === 'a service' && discovery) });
    const remote =
      target === 'a service'
        ? client.service<Shop>('shop')
        : await (await client.connect(address, { session: true })).queryInterface<Shop>('shop');
    await remote.order(0);
    const link = client.peers.get('server')?.link;
    expect(link).toBeDefined();
    for (let run = 1; run <= runs; run += 1) {
      // A request has 15 bytes, its answer 9; what follows are acknowledgements and the next hello.
      proxy.left = 1 + (run % 40);
      expect(await remote.order(run)).toBe(run);
    }
    expect(proxy.cuts).toBeGreaterThan(0.3 * runs);
    expect(effects.size).toBe(runs + 1);
    expect(new Set(effects.values())).toEqual(new Set([1]));
    // The same conversation from the first call to the last.
    expect(client.peers.get('server')?.link).toBe(link);
    await Promise.all([client.stop(), server.stop()]);
    await proxy.close();
  });
});

it('F3: 50 drops in 50,000 items: all arrive in order, none is lost or doubled, and nothing is left', async () => {
  expect(await drops(50_000, 50)).toEqual({ items: 50_000, drops: 50, left: 0 });
});

describe('hostile sessions', () => {
  const secret = (value: number): Uint8Array => new Uint8Array(16).fill(value);

  async function attackedNode(options: NetronOptions = {}) {
    const log = new Log();
    const node = await Netron.create({
      ...{ additionalTransports: [new MemoryTransport()], transports: { memory: true }, logger: log, stopTimeout: 0 },
      ...options,
    });
    await node.peer.exposeService(shop().service);
    return { node, log, [Symbol.asyncDispose]: () => node.stop() };
  }

  const begins = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...{ id: 'someone', session: secret(1), next: secret(2), features: ['resume'] },
    ...fields,
  });
  const hello = (stranger: { heard: readonly { kind: string; fields: readonly unknown[] }[] }): Record<string, unknown> =>
    stranger.heard.find(({ kind }) => kind === 'hello')?.fields[1] as Record<string, unknown>;

  it('a used secret begins a new session, and is logged', async () => {
    await using attacked = await attackedNode();
    const first = await visit(attacked.node, begins());
    expect(hello(first)).toMatchObject({ features: ['resume'] });
    expect(hello(first).received).toBeUndefined();
    await first.call(1, 0, [1]);
    first.connection.terminate();
    // The secret that took the place of the first is the one that counts.
    const again = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 0 }));
    expect(hello(again).received).toBe(1);
    await again.call(1, 0, [2]);
    again.connection.terminate();
    await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
    const used = await visit(attacked.node, begins({ id: 'another', session: secret(1), next: secret(4), received: 0 }));
    expect(hello(used).received).toBeUndefined();
    expect(attacked.log.lines.join()).toContain('it is not known, or its secret was used');
  });

  it('the old secret is valid until the first message over the new connection', async () => {
    await using attacked = await attackedNode();
    const first = await visit(attacked.node, begins());
    await first.call(1, 0, [1]);
    first.connection.terminate();
    // Whoever did not get the answer to its hello shows the same secret again.
    const lost = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 0 }));
    lost.connection.terminate();
    const again = await visit(attacked.node, begins({ session: secret(2), next: secret(4), received: 0 }));
    expect(hello(again).received).toBe(1);
  });

  it('another identity begins a new session, and is logged', async () => {
    await using attacked = await attackedNode({ authenticate: (credentials) => ({ id: credentials }) });
    const first = await visit(attacked.node, begins({ credentials: 'ann' }));
    await first.call(1, 0, [1]);
    first.connection.terminate();
    await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
    const other = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 0, credentials: 'bob' }));
    expect(hello(other).received).toBeUndefined();
    expect(attacked.log.lines.join()).toContain('it belongs to another identity');
    expect(attacked.node.peers.get('someone')?.identity).toEqual({ id: 'bob' });
  });

  it('impossible counts begin a new session, and are logged', async () => {
    await using attacked = await attackedNode();
    const first = await visit(attacked.node, begins());
    await first.call(1, 0, [1]);
    first.connection.terminate();
    await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
    const other = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 1_000 }));
    expect(hello(other).received).toBeUndefined();
    expect(attacked.log.lines.join()).toContain('1000 messages cannot have arrived');
  });

  it('an acknowledgement of unsent messages closes the connection with 1002', async () => {
    await using attacked = await attackedNode();
    const stranger = await visit(attacked.node, begins());
    stranger.say((to) => writeAck(to, 1_000));
    await stranger.until(() => stranger.ended);
    expect(stranger.error).toMatchObject({ code: 'invalid_argument', details: { closeCode: 1002 } });
    expect(stranger.heard.find(({ kind }) => kind === 'goodbye')?.fields[0]).toBe('invalid_argument');
  });

  it('an acknowledgement without a session is skipped as an unknown extension', async () => {
    await using attacked = await attackedNode();
    const stranger = await visit(attacked.node);
    stranger.say(
      (to) => writeAck(to, 1_000),
      (to) => writePing(to, 7),
    );
    await stranger.until(() => stranger.heard.some(({ kind }) => kind === 'pong'));
    expect(stranger.ended).toBe(false);
  });

  it('fields of a wrong type begin a connection without a session', async () => {
    await using attacked = await attackedNode();
    for (const [at, fields] of [{ next: secret(2).subarray(1) }, { next: 'x' }, { session: null }].entries()) {
      const stranger = await visit(attacked.node, begins({ id: `someone-${at}`, session: secret(at + 10), ...fields }));
      expect(hello(stranger).features).toEqual([]);
    }
  });
});
