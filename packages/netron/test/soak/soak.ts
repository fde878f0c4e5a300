/**
 * C18: calls, events and streams for as long as is asked for, over TCP, at an even rate; prints what was seen each ten seconds and fails
 * when a call fails or takes longer than a second, when an event is lost, when memory goes on growing (from 30 minutes on) or descriptors do.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { defineService, Netron } from '../../src/index.js';

const minutes = Number(process.argv[2] ?? 1);
const rate = Number(process.argv[3] ?? 1_000);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const service = defineService({
  name: 'soak@1.0.0',
  methods: {
    echo: (value: unknown) => value,
    later: async (value: unknown) => {
      await wait(1);
      return value;
    },
    async *count(to: number) {
      for (let number = 0; number < to; number += 1) yield number;
    },
    callBack: async (fn: (value: number) => unknown) => fn(1),
  },
});
const server = await Netron.create({ logger: quiet, transports: { tcp: { port: 0 } }, remoteEvents: true });
await server.peer.exposeService(service);
const client = await Netron.create({ logger: quiet });
const peer = await client.connect(server.addresses[0] as string);
const near = await peer.queryInterface<typeof service>('soak');
let [done, failed, heard, published, longest] = [0, 0, 0, 0, 0];
await peer.subscribe('tick', () => {
  heard += 1;
});

const work: (() => Promise<unknown>)[] = [
  () => near.echo({ text: 'x'.repeat(100) }),
  () => near.later(1),
  async () => {
    for await (const item of near.count(10) as AsyncIterable<number>) if (item === 7) break;
  },
  () => near.callBack((value: number) => value + 1),
  async () => {
    published += 1;
    server.publish('tick', { at: published });
  },
];

async function once(): Promise<void> {
  const start = performance.now();
  try {
    await work[done++ % work.length]?.();
  } catch (error) {
    failed += 1;
    console.error(error);
  }
  longest = Math.max(longest, performance.now() - start);
}

const descriptors = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
const samples: { readonly at: number; readonly rss: number; readonly open: number }[] = [];
const begin = performance.now();
const end = begin + minutes * 60_000;
let [started, next] = [0, begin + 10_000];
const running = new Set<Promise<void>>();
while (performance.now() < end) {
  for (const due = ((performance.now() - begin) / 1_000) * rate; started < due; started += 1) {
    const one = once().finally(() => running.delete(one));
    running.add(one);
  }
  await wait(5);
  if (performance.now() < next) continue;
  next += 10_000;
  global.gc?.();
  const sample = { at: (performance.now() - begin) / 60_000, rss: process.memoryUsage().rss / 2 ** 20, open: descriptors() };
  samples.push(sample);
  console.log(JSON.stringify({ ...sample, done, failed, longest }));
}
await Promise.all(running);
// The first third, at most ten minutes, is for warming up.
const steady = samples.filter(({ at }) => at > Math.min(10, minutes / 3));
const [first, last] = [steady[0], steady.at(-1)];
const slope =
  first === undefined || last === undefined || last.at === first.at ? 0 : (last.rss - first.rss) / (last.at - first.at);
const more = (last?.open ?? 0) - (first?.open ?? 0);
await peer.disconnect();
await Promise.all([client.stop(), server.stop()]);
console.log(JSON.stringify({ minutes, done, failed, longest, published, heard, slope, more }));
// A short run shows the runtime settling, not growth.
const growing = minutes >= 30 && slope >= 1;
if (failed > 0 || longest > 1_000 || heard !== published || growing || more > 0) process.exitCode = 1;
