/** F4: order holds when the network delays and cuts everything apart. */
import { afterEach, expect, it } from 'vitest';
import { defineService, Netron, type RemotePeer } from '../../src/index.js';
import { quiet, until } from '../integration/nodes.js';
import { FaultProxy, type Faults } from '../transport/fault-proxy.js';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const networks: [string, Faults][] = [
  ['3 bytes at a time', { slice: 3, slices: 4_000 }],
  ['late', { latency: 3 }],
  ['late and in pieces', { latency: 1, slice: 97, slices: 2_000 }],
];

it.each(networks)('F4: calls, events and items arrive in order over a network that delivers %s', async (_name, faults) => {
  const started: number[] = [];
  const service = defineService({
    name: 'order@1.0.0',
    methods: {
      run: async (number: number) => {
        started.push(number);
        if (number % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      },
      async *count(to: number) {
        for (let number = 0; number < to; number += 1)
          yield number % 10 === 0 ? { number, filler: 'x'.repeat(5_000) } : { number };
      },
    },
  });
  const server = await Netron.create({ logger: quiet, stopTimeout: 0, remoteEvents: true, transports: { tcp: { port: 0 } } });
  ends.push(() => server.stop());
  await server.peer.exposeService(service);
  const proxy = new FaultProxy({ host: '127.0.0.1', port: Number(new URL(server.addresses[0] as string).port) }, faults);
  await proxy.listen();
  ends.push(() => proxy.close());
  const client = await Netron.create({ logger: quiet, stopTimeout: 0 });
  ends.push(() => client.stop());
  const peer: RemotePeer = await client.connect(`tcp://127.0.0.1:${proxy.port}`);
  const near = await peer.queryInterface<typeof service>('order');
  const heard: number[][] = [[], []];
  await peer.subscribe('a:*', (data) => void heard[0]?.push(data as number));
  await peer.subscribe('b', (data) => void heard[1]?.push(data as number));
  const numbers = Array.from({ length: 600 }, (_, number) => number);
  const items: number[] = [];
  const calls = numbers.map((number) => near.run(number));
  const reading = (async () => {
    for await (const item of near.count(300) as AsyncIterable<{ number: number }>) items.push(item.number);
  })();
  for (const number of numbers) {
    server.publish('a:x', number);
    server.publish('b', number);
    if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([...calls, reading]);
  await until(() => heard.every(({ length }) => length === numbers.length));
  expect(started).toEqual(numbers);
  expect(heard).toEqual([numbers, numbers]);
  expect(items).toEqual(numbers.slice(0, 300));
});
