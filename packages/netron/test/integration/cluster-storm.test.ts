/** C6 over three nodes: clients of a service that have lost all of its nodes come back spread out, seldom and soon. */
import { expect, it } from 'vitest';
import { staticDiscovery } from '../../src/discovery.js';
import { defineService, MemoryNetwork, MemoryTransport, Netron } from '../../src/index.js';
import { randomFrom } from '../fuzz/link-packets.js';
import './loaded.js';
import { quiet, settled, tellingTransport } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const clients = 150;
const names = ['a', 'b', 'c'];

it('C6: 450 connections of clients to three nodes that are lost for 5 s: at most 15 % of first tries in any 100 ms, 4 tries each, 95 % connected 5 s after', async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const random = randomFrom(7);
  const service = () => defineService({ name: 'work@1.0.0', methods: { ping: () => 'pong' } });
  const serve = () =>
    Promise.all(
      names.map(async (id) => {
        const transports = { memory: { name: id } };
        const additionalTransports = [new MemoryTransport(network)];
        const node = await Netron.create({ id, clock, logger: quiet, stopTimeout: 0, transports, additionalTransports });
        await node.peer.exposeService(service());
        return node;
      }),
    );
  const servers = await serve();
  /** Times of attempts since the loss, by client and node. */
  const tries = new Map<string, number[]>();
  const list = names.map((id) => ({ id, address: `memory:${id}`, services: ['work@1.0.0'] }));
  const calling = await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const own = tellingTransport(network, (url) => {
        const key = `${number} ${url}`;
        tries.set(key, [...(tries.get(key) ?? []), clock.now()]);
      });
      const client = await Netron.create({
        clock,
        random: () => random(2 ** 30) / 2 ** 30,
        logger: quiet,
        stopTimeout: 0,
        additionalTransports: [own],
        discovery: staticDiscovery(list),
      });
      const remote = client.service<{ ping(): Promise<string> }>('work');
      return { client, remote };
    }),
  );
  await clock.settle(Promise.all(calling.map(({ remote }) => remote.ping())));
  const connected = (): number => servers.reduce((sum, { peers }) => sum + peers.size, 0);
  for (let step = 0; step < 20 && connected() < 3 * clients; step += 1) await clock.advance(100);
  expect(connected()).toBe(3 * clients);
  tries.clear();
  const lost = clock.now();
  for (const server of servers) {
    // As when the process is killed: nobody says goodbye.
    for (const { link } of [...server.peers.values()]) link?.connection.terminate();
    await network.find(server.id)?.close();
  }
  await settled(4);
  for (let step = 0; step < 50; step += 1) await clock.advance(100);
  const first = [...tries.values()].map(([time]) => (time as number) - lost);
  const together = Math.max(...first.map((from) => first.filter((at) => at >= from && at < from + 100).length));
  const most = Math.max(...[...tries.values()].map(({ length }) => length));
  const back = await serve();
  for (let step = 0; step < 50; step += 1) await clock.advance(100);
  const returned = back.reduce((sum, { peers }) => sum + peers.size, 0);
  expect(await clock.settle(Promise.all(calling.map(({ remote }) => remote.ping())))).toHaveLength(clients);
  await Promise.all([...servers, ...back, ...calling.map(({ client }) => client)].map((node) => node.stop()));
  expect(tries.size).toBe(3 * clients);
  expect(together / first.length).toBeLessThanOrEqual(0.15);
  expect(most).toBeLessThanOrEqual(4);
  expect(returned / (3 * clients)).toBeGreaterThanOrEqual(0.95);
});
