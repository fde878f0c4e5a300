/**
 * C18: calls, events, streams and callbacks between two processes, at an even rate, for as long as is asked for. Prints what was seen each ten
 * seconds, and fails when anything fails, is wrong, is lost or takes longer than a second, when memory of either process goes on growing after
 * ten minutes, or when descriptors or tables do.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defineService, Netron, type RemotePeer } from '../../src/index.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Warming up, at most and as a share of the whole: nothing is said of memory meanwhile. */
const [warmUp, warmShare] = [10, 1 / 3];
/** Minutes after which the slope of memory says something. */
const judged = 10;
const slowest = 1_000;
/** What a machine with something else to do has piled up is sent at once: no reason to refuse it. */
const limits = { streams: 1_000, window: 128 * 2 ** 20 };
const steepest = 1;

/** What one process looks like. */
interface Sample {
  /** Minutes since the beginning. */
  readonly at: number;
  /** MiB, after collecting garbage. */
  readonly rss: number;
  readonly heap: number;
  readonly descriptors: number;
  readonly starved: number;
}

const begin = performance.now();
const starved = watchStarving();

function sample(): Sample {
  global.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  return {
    at: (performance.now() - begin) / 60_000,
    rss: rss / 2 ** 20,
    heap: heapUsed / 2 ** 20,
    descriptors,
    starved: starved(),
  };
}

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
    async sum(values: AsyncIterable<number>) {
      let sum = 0;
      for await (const value of values) sum += value;
      return sum;
    },
    callBack: async (fn: (value: number) => unknown) => fn(1),
  },
});

/** The server: publishes an event whenever it is asked to, and tells how it is. */
async function serve(transport: string): Promise<void> {
  const node = await Netron.create({ logger: quiet, limits, transports: { [transport]: { port: 0 } }, remoteEvents: true });
  await node.peer.exposeService(service);
  node.addTask('publish', (_peer, at: number) => node.publish('tick', at), { remote: true });
  process.on('message', async (question) => {
    if (question === 'sample') process.send?.(sample());
    else {
      await node.stop();
      process.disconnect();
    }
  });
  process.on('disconnect', () => process.exit());
  process.send?.(node.addresses[0]);
}

/** The longest time, in milliseconds, that the machine did not let this process run: others are at work on it. */
function watchStarving(): () => number {
  let longest = 0;
  let wall = performance.now();
  let processor = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(processor);
    const now = performance.now();
    longest = Math.max(longest, now - wall - (user + system) / 1_000 - 20);
    wall = now;
    processor = process.cpuUsage();
  }, 20).unref();
  return () => longest;
}

async function heard<T>(child: ChildProcess): Promise<T> {
  const [told] = (await once(child, 'message')) as [T];
  return told;
}

/** What is left of the conversation in the tables of this end. */
function tables({ link }: RemotePeer): number {
  if (link === undefined) return -1;
  const { calls, incoming, outgoingStreams, incomingStreams } = link;
  return calls.size + incoming.size + outgoingStreams.size + incomingStreams.size;
}

/** MiB a minute, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const [at, rss] = [mean((each) => each.at), mean((each) => each.rss)];
  const spread = samples.reduce((sum, each) => sum + (each.at - at) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, each) => sum + (each.at - at) * (each.rss - rss), 0) / spread;
}

async function lead(minutes: number, rate: number, transport: string): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', transport], { execArgv: ['--expose-gc'] });
  const address = await heard<string>(child);
  const client = await Netron.create({ logger: quiet, limits });
  const peer = await client.connect(address);
  const near = await peer.queryInterface<typeof service>('soak');
  const counts = { done: 0, failed: 0, wrong: 0, published: 0, heard: 0, longest: 0, longestEvent: 0 };
  await peer.subscribe('tick', (data) => {
    counts.heard += 1;
    counts.longestEvent = Math.max(counts.longestEvent, performance.now() - (data as number));
  });

  const numbers = async function* () {
    for (let number = 0; number < 5; number += 1) yield number;
  };
  // Each answers whether what it got is right.
  const work: readonly (() => Promise<boolean>)[] = [
    async () => ((await near.echo({ text: 'x'.repeat(100), at: 5 })) as { at: number }).at === 5,
    async () => (await near.later(7)) === 7,
    async () => {
      let last = -1;
      for await (const item of near.count(10) as AsyncIterable<number>) {
        if (item !== last + 1) return false;
        last = item;
      }
      return last === 9;
    },
    async () => {
      for await (const item of near.count(1_000) as AsyncIterable<number>) if (item === 7) return true;
      return false;
    },
    async () => (await near.sum(numbers())) === 10,
    async () => (await near.callBack((value: number) => value + 1)) === 2,
    async () => {
      await peer.runTask('publish', performance.now());
      counts.published += 1;
      return true;
    },
  ];

  async function doOne(number: number): Promise<void> {
    const start = performance.now();
    try {
      if (!(await work[number % work.length]?.())) counts.wrong += 1;
    } catch (error) {
      counts.failed += 1;
      if (counts.failed <= 10) console.error(error);
    }
    counts.done += 1;
    counts.longest = Math.max(counts.longest, performance.now() - start);
  }

  const mine: Sample[] = [];
  const theirs: Sample[] = [];
  const look = async (): Promise<void> => {
    const answer = heard<Sample>(child);
    child.send('sample');
    mine.push(sample());
    theirs.push(await answer);
    const [client, server] = [mine.at(-1), theirs.at(-1)];
    console.log(JSON.stringify({ minutes: client?.at, ...counts, client, server }, rounded));
  };
  const started = performance.now();
  const end = started + minutes * 60_000;
  let [made, next] = [0, started + 10_000];
  const running = new Set<Promise<void>>();
  while (performance.now() < end) {
    for (const due = ((performance.now() - started) / 1_000) * rate; made < due; made += 1) {
      const one = doOne(made).finally(() => running.delete(one));
      running.add(one);
    }
    await wait(5);
    if (performance.now() < next) continue;
    next += 10_000;
    await look();
  }
  await Promise.all(running);
  for (let tries = 0; counts.heard < counts.published && tries < 100; tries += 1) await wait(10);
  await look();

  const steady = (samples: readonly Sample[]): readonly Sample[] =>
    samples.filter(({ at }) => at > Math.min(warmUp, minutes * warmShare));
  const slopes = { client: slope(steady(mine)), server: slope(steady(theirs)) };
  const grown = [mine, theirs].map((samples) => (samples.at(-1)?.descriptors ?? 0) - (samples[0]?.descriptors ?? 0));
  const left = tables(peer);
  const held = Math.max(mine.at(-1)?.starved ?? 0, theirs.at(-1)?.starved ?? 0);
  const judges = minutes >= warmUp + judged;
  const problems = [
    counts.failed > 0 && `${counts.failed} failed`,
    counts.wrong > 0 && `${counts.wrong} gave something else`,
    counts.heard !== counts.published && `${counts.published - counts.heard} events are lost`,
    Math.max(counts.longest, counts.longestEvent) > slowest &&
      `something took longer than a second; the machine held a process up for ${Math.round(held)} ms`,
    judges && Math.max(slopes.client, slopes.server) >= steepest && 'memory grows',
    Math.max(...grown) > 0 && 'descriptors grow',
    left > 0 && `${left} calls or streams are left`,
  ].filter((problem) => problem !== false);
  await peer.disconnect();
  await client.stop();
  child.send('stop');
  const verdict = { minutes, rate, transport, ...counts, slopes, slopesJudged: judges, descriptors: grown, held, left, problems };
  console.log(JSON.stringify(verdict, rounded));
  if (problems.length > 0) process.exitCode = 1;
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}

const [minutes, ...rest] = process.argv.slice(2);
if (minutes === 'serve') await serve(rest[0] as string);
else await lead(Number(minutes), Number(rest[0]), rest[1] as string);
