import { describe, expect, it } from 'vitest';
import { MemoryTransport, Netron, type NetronOptions } from '../../src/index.js';
import { failure, loseConnections, nodes, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

/** Answers with the user that the credentials name. */
const authenticate = (credentials: unknown): unknown => {
  if (typeof credentials !== 'string') throw new Error('no credentials');
  return { id: credentials };
};

async function another(pair: { client: Netron; address: string }, options: NetronOptions) {
  const node = await Netron.create({ logger: quiet, stopTimeout: 0, additionalTransports: pair.client.transports, ...options });
  return { node, connecting: node.connect(pair.address, { maxReconnectAttempts: 0 }) };
}

describe('a node with the id of another peer', () => {
  it('20: is admitted at once with an equal authenticated identity, and the previous one does not reconnect', async () => {
    await using pair = await nodes({ server: { authenticate }, client: { credentials: 'ann' } });
    const before = pair.server.peers.get('client');
    const next = await another(pair, { id: 'client', credentials: 'ann' });
    const peer = await next.connecting;
    expect(peer.state).toBe('ready');
    const after = pair.server.peers.get('client');
    expect(after).not.toBe(before);
    expect(after?.instance).not.toBe(before?.instance);
    await until(() => pair.peer.state === 'closed');
    expect(before?.state).toBe('closed');
    await next.node.stop();
  });

  it('20: is refused with another identity and without one', async () => {
    await using pair = await nodes({ server: { authenticate }, client: { credentials: 'ann' } });
    const other = await another(pair, { id: 'client', credentials: 'bob' });
    const error = await failure(other.connecting);
    expect(error).toMatchObject({ code: 'already_exists' });
    expect(error.message).toContain('another identity');
    expect(pair.server.peers.get('client')?.state).toBe('ready');
    await other.node.stop();
  });

  it('may have two connections', async () => {
    const options = { logger: quiet, stopTimeout: 0 };
    await using server = await Netron.create({
      ...options,
      authenticate,
      transports: { tcp: { port: 0 }, websocket: { port: 0 } },
    });
    await using client = await Netron.create({ ...options, id: 'client', credentials: 'ann' });
    for (const address of server.addresses) await client.connect(address);
    await until(() => server.peers.size === 2);
    expect([...server.peers.keys()]).toEqual(['client', 'client#2']);
  });

  it('may have two anonymous connections by two addresses, made in turn or at once, and reconnects both after a loss', async () => {
    for (const atOnce of [false, true]) {
      const memory = new MemoryTransport();
      const options = { logger: quiet, stopTimeout: 0, additionalTransports: [memory] };
      const server = { ...options, id: 'server', transports: { memory: [{ name: 'a' }, { name: 'b' }] } };
      const before = await Netron.create(server);
      await using client = await Netron.create({ ...options, id: 'client', reconnectDelay: 1 });
      const connect = async (address: string) => [await client.connect(address)];
      const [first = '', second = ''] = before.addresses;
      const peers = atOnce
        ? (await Promise.all([connect(first), connect(second)])).flat()
        : [...(await connect(first)), ...(await connect(second))];
      await until(() => before.peers.size === 2);
      expect([...before.peers.keys()]).toEqual(['client', 'client#2']);
      loseConnections(before);
      await until(() => peers.every(({ state }) => state !== 'ready'));
      await until(() => peers.every(({ state }) => state === 'ready'));
      expect([...before.peers.keys()].sort()).toEqual(['client', 'client#2']);
      // Its next run knows neither.
      await before.stop();
      await using next = await Netron.create(server);
      await until(() => peers.every(({ state }) => state === 'ready') && next.peers.size === 2);
    }
  });

  it('20: is admitted when both are anonymous and the holder is disconnected', async () => {
    await using pair = await nodes({ client: { maxReconnectAttempts: 0 } });
    pair.peer.link?.connection.terminate();
    await until(() => pair.back.state === 'suspended');
    const next = await another(pair, { id: 'client' });
    expect((await next.connecting).state).toBe('ready');
    expect(pair.back.state).toBe('closed');
    await next.node.stop();
  });

  it('20: is admitted when both are anonymous and the holder does not answer for 2 s', async () => {
    const memory = new TappedTransport();
    const clock = new VirtualClock();
    const options = { logger: quiet, stopTimeout: 0, additionalTransports: [memory], maxReconnectAttempts: 0 };
    const server = await Netron.create({ ...options, clock, transports: { memory: { name: 'a' } } });
    const client = await Netron.create({ ...options, id: 'client' });
    await client.connect('memory:a');
    await until(() => server.peers.size === 1);
    const before = server.peers.get('client');
    memory.last.silent = true;
    const next = await Netron.create({ ...options, id: 'client' });
    const connecting = next.connect('memory:a');
    await settled();
    await clock.advance(1_900);
    expect(server.peers.get('client')).toBe(before);
    await clock.advance(200);
    expect((await connecting).state).toBe('ready');
    expect(before?.state).toBe('closed');
    const stopped = Promise.all([next.stop(), client.stop(), server.stop()]);
    await clock.advance(100);
    await stopped;
  });

  it('20: releases the id when it disconnects while the holder is pinged', async () => {
    const memory = new TappedTransport();
    const clock = new VirtualClock();
    const options = { logger: quiet, stopTimeout: 0, additionalTransports: [memory], maxReconnectAttempts: 0 };
    const server = await Netron.create({ ...options, clock, transports: { memory: { name: 'a' } } });
    const client = await Netron.create({ ...options, id: 'client' });
    await client.connect('memory:a');
    await until(() => server.peers.size === 1);
    memory.last.silent = true;
    const stranger = await Netron.create({ ...options, id: 'client' });
    const connecting = failure(stranger.connect('memory:a'));
    await settled();
    memory.last.terminate();
    expect(await connecting).toMatchObject({ code: 'unavailable' });
    // Now the holder has not answered in time.
    await clock.advance(2_100);
    const next = await Netron.create({ ...options, id: 'client' });
    const peer = next.connect('memory:a');
    await settled();
    await clock.advance(2_100);
    expect((await peer).state).toBe('ready');
    const stopped = Promise.all([stranger.stop(), next.stop(), client.stop(), server.stop()]);
    await clock.advance(100);
    await stopped;
  });
});

describe('metadata of a node', () => {
  it('is exchanged on connection', async () => {
    const metadata = { zone: 'eu-1', version: '2.3.0', labels: { tier: 'web' } };
    await using pair = await nodes({ server: { metadata } });
    expect(pair.peer.metadata).toEqual(metadata);
    expect(pair.back.metadata).toEqual({});
    expect(pair.peer.instance).toMatch(/^[\da-f]{32}$/);
    expect(pair.back.instance).not.toBe(pair.peer.instance);
    expect(pair.peer.started).toBeGreaterThan(1.7e12);
  });

  it('is plain data of bounded size', () => {
    expect(() => Netron.prepare({ metadata: { of: () => 1 } })).toThrow(TypeError);
    expect(() => Netron.prepare({ metadata: [] as never })).toThrow(TypeError);
    expect(() => Netron.prepare({ metadata: { text: 'x'.repeat(9_000) } })).toThrow(RangeError);
  });
});

describe('connect({ expect })', () => {
  it('refuses another node than the expected one', async () => {
    await using pair = await nodes();
    await using client = await Netron.create({ logger: quiet, additionalTransports: pair.client.transports });
    const error = await failure(client.connect(pair.address, { expect: 'other' }));
    expect(error).toMatchObject({ code: 'failed_precondition' });
    expect(error.message).toContain("expected node 'other'");
    const run = { id: 'server', instance: 'of yesterday' };
    expect(await failure(client.connect(pair.address, { expect: run }))).toMatchObject({ code: 'failed_precondition' });
    const { instance = '' } = pair.peer;
    expect((await client.connect(pair.address, { expect: { id: 'server', instance } })).id).toBe('server');
  });

  it('presents credentials that depend on the address', async () => {
    const asked: string[] = [];
    const credentials = (address: string): string => {
      asked.push(address);
      return 'ann';
    };
    await using pair = await nodes({ server: { authenticate }, client: { credentials } });
    expect(pair.back.identity).toEqual({ id: 'ann' });
    expect(asked).toEqual([pair.address]);
  });
});
