/** B6: a consumer that reads one item of a stream of 10 GB and waits, while others call over the same connection. argv: how many calls. */
import { setTimeout as wait } from 'node:timers/promises';
import { defineService, Netron } from '../../../src/index.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const calls = Number(process.argv[2] ?? 200);
let given = 0;
const chunk = 64 * 1024;
const source = defineService({
  name: 'source@1.0.0',
  methods: {
    async *read() {
      for (let left = 10 * 2 ** 30; left > 0; left -= chunk) {
        given += chunk;
        yield new Uint8Array(chunk);
      }
    },
    add: (a: number, b: number) => a + b,
  },
});
const server = await Netron.create({ logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } } });
await server.peer.exposeService(source);
const client = await Netron.create({ logger: quiet, stopTimeout: 0 });
const peer = await client.connect(server.addresses[0] as string);
const service = await peer.queryInterface<typeof source>('source');
for (let warm = 0; warm < 1_000; warm += 1) await service.add(1, 1);
global.gc?.();
const before = process.memoryUsage().rss;
let highest = 0;
let ahead = 0;
let taken = 0;
const times: number[] = [];
const look = (): void => {
  highest = Math.max(highest, process.memoryUsage().rss - before);
  ahead = Math.max(ahead, given - taken);
};
const stream = service.read() as AsyncGenerator<Uint8Array>;
for await (const bytes of stream) {
  taken += bytes.length;
  for (let call = 0; call < 10; call += 1) {
    const start = performance.now();
    await service.add(1, 2);
    times.push(performance.now() - start);
    await wait(1);
    look();
  }
  if (times.length >= calls) break;
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    rss: highest / 2 ** 20,
    ahead: ahead / 2 ** 20,
    p99: times[Math.floor(times.length * 0.99)],
    calls: times.length,
    taken,
  }),
);
process.exit(0);
