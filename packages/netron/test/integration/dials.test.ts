import { describe, expect, it } from 'vitest';
import { connect } from '../../src/client.js';
import { Netron } from '../../src/index.js';
import { MemoryTransport } from '../../src/transport/memory.js';
import { nodes, quiet } from './nodes.js';

describe('connecting to objects', () => {
  it('two ports lead to two nodes: neither gets a second ordinal', async () => {
    const channels = [new MessageChannel(), new MessageChannel()];
    const servers = await Promise.all(
      channels.map(({ port1 }, number) =>
        Netron.create({ id: `worker-${number}`, logger: quiet, transports: { ipc: { on: port1 } } }),
      ),
    );
    await using client = await Netron.create({ id: 'page', logger: quiet });
    const peers = [];
    for (const { port2 } of channels) peers.push(await client.connect(port2));
    expect(peers.map(({ id }) => id)).toEqual(['worker-0', 'worker-1']);
    expect(servers.map((server) => [...server.peers.keys()])).toEqual([['page'], ['page']]);
    await Promise.all(servers.map((server) => server.stop()));
    for (const { port1, port2 } of channels) {
      port1.close();
      port2.close();
    }
  });
});

describe('addresses', () => {
  it('of one node lead to connections beside each other when its id is expected', async () => {
    const additionalTransports = [new MemoryTransport()];
    const listening = { memory: { name: 'server' }, tcp: { port: 0 } };
    await using server = await Netron.create({ id: 'server', logger: quiet, additionalTransports, transports: listening });
    await using client = await Netron.create({ id: 'client', logger: quiet, additionalTransports });
    const peers = [];
    for (const address of server.addresses) peers.push(await client.connect(address, { expect: 'server' }));
    expect(peers.map(({ id, state }) => [id, state])).toEqual([
      ['server', 'ready'],
      ['server#2', 'ready'],
    ]);
    expect([...server.peers.keys()]).toEqual(['client', 'client#2']);
  });

  it('are remembered with their secrets, in bounded number', async () => {
    await using pair = await nodes({ connect: { maxReconnectAttempts: 0 } });
    const seen = new Set(pair.server.peers.values());
    for (let number = 0; number < 1_200; number += 1) await pair.client.connect(`memory:nobody-${number}`).catch(() => {});
    pair.back.link?.connection.terminate();
    await pair.client.connect(pair.address);
    expect(new Set(pair.server.peers.values())).toEqual(seen);
  });
});

describe('a client', () => {
  it('has the default limits of a node', async () => {
    await using pair = await nodes({ transport: 'ws' });
    await using peer = await connect(pair.address, { logger: quiet });
    const { node } = peer;
    const whole = pair.peer.node;
    for (const name of ['requestTimeout', 'taskTimeout', 'streamTimeout', 'heartbeatInterval', 'limits'] as const) {
      expect(node[name], name).toEqual(whole[name]);
    }
    expect([node.beats.period, node.deadlines.period]).toEqual([whole.beats.period, whole.deadlines.period]);
  });
});
