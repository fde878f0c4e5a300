import { describe, expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { failure, gate, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

/** Two nodes, each with a clock of its own, and the connection between them. */
async function timed(heartbeatInterval?: number) {
  const memory = new TappedTransport();
  const hanging = defineService({ name: 'hanging@1.0.0', methods: { wait: () => new Promise<void>(() => {}) } });
  const options = { logger: quiet, additionalTransports: [memory], maxReconnectAttempts: 0, resumeWindow: 1 };
  const interval = heartbeatInterval === undefined ? {} : { heartbeatInterval };
  const near = new VirtualClock();
  const far = new VirtualClock();
  const server = await Netron.create({
    ...options,
    ...interval,
    id: 'server',
    clock: far,
    transports: { memory: { name: 'a' } },
  });
  await server.peer.exposeService(hanging);
  const client = await Netron.create({ ...options, ...interval, id: 'client', clock: near });
  const peer = await client.connect('memory:a');
  await until(() => server.peers.size === 1);
  return {
    ...{ memory, near, far, server, client, peer, hanging },
    async [Symbol.asyncDispose]() {
      const stopped = Promise.all([client.stop({ timeout: 0 }), server.stop({ timeout: 0 })]);
      await near.advance(50);
      await far.advance(50);
      await stopped;
    },
  };
}

describe('B9: an end that disappears without a close', () => {
  it('is noticed by the client within 30 s without a pending call, and not earlier', async () => {
    await using nodes = await timed();
    const reason = gate<string>();
    nodes.peer.on('disconnected', reason.open);
    await nodes.near.advance(100_000);
    expect(nodes.peer.state).toBe('ready');
    await nodes.peer.queryInterface('hanging@^1.0.0');
    nodes.memory.last.silent = true;
    await nodes.near.advance(27_000);
    expect(nodes.peer.state).toBe('ready');
    await nodes.near.advance(3_000);
    expect(await reason.opened).toContain('silent');
    expect(nodes.client.peers.size).toBe(0);
  });

  it('is noticed by the server within 30 s, and its calls end', async () => {
    await using nodes = await timed();
    await nodes.far.advance(100_000);
    expect(nodes.server.peers.size).toBe(1);
    nodes.memory.last.silent = true;
    await nodes.far.advance(30_000);
    expect(nodes.server.peers.size).toBe(0);
  });

  it('fails the calls that wait for it', async () => {
    await using nodes = await timed();
    const remote = await nodes.peer.queryInterface<typeof nodes.hanging>('hanging');
    const call = failure(remote.wait());
    await settled();
    nodes.memory.last.silent = true;
    await nodes.near.advance(30_000);
    expect(await call).toMatchObject({ code: expect.stringMatching(/unknown_outcome|deadline_exceeded/) });
  });

  it('short intervals do not end connections that answer', async () => {
    for (const interval of [50, 400, 500, 900]) {
      await using nodes = await timed(interval);
      for (let second = 0; second < 10; second += 1) {
        await nodes.near.advance(1_000);
        await nodes.far.advance(1_000);
      }
      expect(nodes.peer.state, String(interval)).toBe('ready');
      nodes.memory.last.silent = true;
      await nodes.near.advance(4_000);
      expect(nodes.client.peers.size, String(interval)).toBe(0);
    }
  });

  it('a process that slept longer pings before it gives up', async () => {
    await using nodes = await timed();
    await nodes.near.advance(5_000);
    // The first thing after waking up is a timer; what has arrived is read after it.
    nodes.near.sleep(120_000);
    await nodes.near.advance(1_000);
    await nodes.near.advance(20_000);
    expect(nodes.peer.state).toBe('ready');
  });

  it('can be switched off', async () => {
    await using nodes = await timed(0);
    nodes.memory.last.silent = true;
    await nodes.near.advance(1_000_000);
    expect(nodes.peer.state).toBe('ready');
  });
});
