/** Nodes of which a registry tells the address alone: their services are known while they are connected. */
import { expect, it } from 'vitest';
import { staticDiscovery } from '../../src/discovery.js';
import { defineService, MemoryNetwork, MemoryTransport, Netron } from '../../src/index.js';
import './loaded.js';
import { quiet, tellingTransport } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const ping = (name: string) => defineService({ name: `${name}@1.0.0`, methods: { ping: () => 'pong' } });

/** Nodes with one service each, and a client that knows their addresses; `dialed` has the attempts by address. */
async function cluster(names: readonly string[]) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const nodes = await Promise.all(
    names.map(async (name, number) => {
      const additionalTransports = [new MemoryTransport(network)];
      const transports = { memory: { name: `node-${number}` } };
      const node = await Netron.create({ clock, logger: quiet, stopTimeout: 0, transports, additionalTransports });
      await node.peer.exposeService(ping(name));
      return node;
    }),
  );
  const dialed = new Map<string, number>();
  const client = await Netron.create({
    clock,
    random: () => 1,
    logger: quiet,
    stopTimeout: 0,
    additionalTransports: [tellingTransport(network, (url) => void dialed.set(url, (dialed.get(url) ?? 0) + 1))],
    discovery: staticDiscovery(nodes.map(({ addresses }) => addresses[0] ?? '')),
  });
  const stop = () => clock.settle(Promise.all([client, ...nodes].map((node) => node.stop())));
  return { clock, nodes, client, dialed, stop };
}

it('a node without the service is queried again after a second, later each time, up to 30 s', async () => {
  const { clock, client, nodes, dialed, stop } = await cluster(['one', 'other', 'other']);
  const one = client.service<{ ping(): Promise<string> }>('one');
  expect(await clock.settle(one.ping())).toBe('pong');
  await clock.advance(500);
  expect([...dialed.values()]).toEqual([1, 1, 1]);
  await clock.advance(120_000);
  const [having, ...others] = nodes.map(({ addresses }) => dialed.get(addresses[0] ?? ''));
  expect(having).toBe(1);
  for (const times of others) expect(times).toBeLessThan(11);
  expect(client.peers.size).toBe(1);
  // It is found there when it comes later.
  await nodes[1]?.peer.exposeService(ping('one'));
  await clock.advance(30_000);
  expect(client.peers.size).toBe(2);
  await stop();
});

it('a node that was used is queried again after at most a second', async () => {
  const { clock, client, nodes, stop } = await cluster(['one']);
  for (let times = 0; times < 8; times += 1) {
    const peer = await clock.settle(client.connect('one', {}));
    await clock.advance(15_000);
    await clock.settle(peer.disconnect());
    await clock.advance(10);
  }
  await nodes[0]?.peer.exposeService(ping('late'));
  let answer = '';
  const asked = client.service<{ ping(): Promise<string> }>('late').ping();
  void asked.then((given) => {
    answer = given;
  });
  await clock.advance(1_500);
  expect(answer).toBe('pong');
  await stop();
});

it('a node whose services have changed is queried again after at most a second', async () => {
  const { clock, client, nodes, dialed, stop } = await cluster(['one', 'other']);
  const one = client.service<{ ping(): Promise<string> }>('one');
  expect(await clock.settle(one.ping())).toBe('pong');
  await clock.advance(120_000);
  const node = nodes[1] as Netron;
  const times = (): number => dialed.get(node.addresses[0] ?? '') ?? 0;
  await node.peer.exposeService(ping('another'));
  const before = times();
  for (let seconds = 0; times() === before && seconds < 31; seconds += 1) await clock.advance(1_000);
  await clock.advance(1_500);
  expect(times() - before).toBe(2);
  await stop();
});

it('a service is found at the last of more nodes than are connected to at a time', async () => {
  const { clock, client, stop } = await cluster([...Array.from({ length: 29 }, () => 'other'), 'one']);
  const one = client.service<{ ping(): Promise<string> }>('one');
  expect(await clock.settle(one.ping())).toBe('pong');
  await stop();
});
