/** B11: 10,000 calls, events, streams and connections each; what the heap has grown by, in MB. */
import { defineService, MemoryTransport, Netron } from '../../../src/index.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const count = Number(process.argv[2] ?? 10_000);
const transport = new MemoryTransport();
const shared = { logger: quiet, stopTimeout: 0, additionalTransports: [transport] };
const server = await Netron.create({ ...shared, transports: { memory: true }, remoteEvents: true, resumeWindow: 1 });
const service = defineService({
  name: 'all@1.0.0',
  methods: {
    add: (a: number, b: number) => a + b,
    async *count() {
      for (let number = 0; number < 3; number += 1) yield number;
    },
    callBack: async (fn: (value: number) => unknown) => fn(1),
  },
});
await server.peer.exposeService(service);
const client = await Netron.create({ ...shared });
const address = server.addresses[0] as string;
const peer = await client.connect(address);
const near = await peer.queryInterface<typeof service>('all');
let heard = 0;
await peer.subscribe('tick', () => {
  heard += 1;
});

const work: Record<string, () => Promise<unknown>> = {
  calls: async () => near.add(1, 2),
  events: async () => void server.publish('tick', { at: 1 }),
  streams: async () => {
    for await (const item of near.count() as AsyncIterable<number>) if (item > 1) break;
  },
  callbacks: async () => near.callBack((value: number) => value),
  subscriptions: async () => (await peer.subscribe('other', () => {}))(),
  connects: async () => {
    const other = await client.connect(address);
    await other.disconnect();
  },
  nodes: async () => {
    const other = await Netron.create(shared);
    await (await other.connect(address)).queryInterface('all');
    await other.stop();
  },
};

async function heap(): Promise<number> {
  for (let round = 0; round < 6; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    global.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const grown: Record<string, number> = {};
for (const [name, once] of Object.entries(work)) {
  const times = name === 'nodes' ? count / 10 : count;
  const run = async (left: number): Promise<void> => {
    for (let done = 0; done < left; done += 10) await Promise.all(Array.from({ length: 10 }, once));
  };
  await run(times / 5);
  const before = await heap();
  await run(times);
  grown[name] = Math.max(0, ((await heap()) - before) / 2 ** 20);
}
const { link } = peer;
const left = [
  link?.calls.size,
  link?.imports.size,
  link?.exports.size,
  link?.incomingStreams.size,
  server.peers.size - 1,
  client.peers.size - 1,
];
console.log(JSON.stringify({ ...grown, heard, left: left.reduce((sum: number, each) => sum + (each ?? 0), 0) }));
process.exit(0);
