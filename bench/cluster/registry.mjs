/** A registry of 1,000 nodes with ten services each: answers from what is known, answers asked anew, and what it costs. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Netron } from '@omnitron-dev/netron';
import { staticDiscovery } from '@omnitron-dev/netron/discovery';
import { redisDiscovery } from '@omnitron-dev/netron-redis';
import { Redis } from 'ioredis';
import { endWithUs } from '../../tools/lib/end-with-us.mjs';
import { freePort } from '../harness/free-port.mjs';
import { describe, interval, services } from './described.mjs';
import { valueLine } from './report.mjs';
import { cpuMs, load, median, quantile, settledHeap } from './rounds.mjs';

const size = 1_000;
const changes = 200;
const lookUps = 200_000;
const asked = 20_000;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @type {import('./run.mjs').Part} */
export async function registry({ rounds }) {
  return [await known(rounds), ...(await onRedis())];
}

/** @param {number} rounds @returns {Promise<import('./report.mjs').Line>} */
async function known(rounds) {
  const node = await Netron.create({ discovery: staticDiscovery(Array.from({ length: size }, (_, number) => describe(number))) });
  /** @type {number[]} */
  const rates = [];
  for (let round = 0; round <= rounds; round += 1) {
    const start = cpuMs();
    for (let call = 0; call < lookUps; call += 1) {
      if ((await node.discovery.findService(services[call % services.length] ?? '')) === null) throw new Error('nothing found');
    }
    if (round > 0) rates.push(lookUps / (cpuMs() - start) / 1_000);
  }
  await node.stop();
  const rate = median(rates);
  return valueLine('findService, 1,000 nodes × 10 services', `${rate.toFixed(2)} M/s of CPU time`, '≥ 1 M/s', rate >= 1);
}

/** @returns {Promise<import('./report.mjs').Line[]>} */
async function onRedis() {
  const port = await freePort();
  const server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  endWithUs(server);
  const exit = once(server, 'exit');
  const url = `redis://127.0.0.1:${port}`;
  const admin = new Redis(url);
  admin.on('error', () => {}); // The server may not listen yet.
  await new Promise((resolve) => admin.once('ready', resolve));
  const crowd = fork(new URL('crowd.mjs', import.meta.url), [url, `${size}`]);
  await once(crowd, 'message');
  const before = await settledHeap();
  const node = await Netron.create({ discovery: { backend: redisDiscovery(url), interval } });
  while ((await node.discovery.getActiveNodes()).length < size) await sleep(10);
  const heap = (await settledHeap()) - before;
  /** @type {import('./report.mjs').Line[]} */
  const lines = [];
  const line = (/** @type {Parameters<typeof valueLine>} */ ...facts) => lines.push(valueLine(...facts));
  line('D8: heap of a node that knows them', `${(heap / 1e6).toFixed(1)} MB`, '< 20 MB', heap < 20e6);

  const from = await scriptRuns(admin);
  await sleep(2 * interval);
  const perNode = ((await scriptRuns(admin)) - from) / ((2 * interval) / 1_000) / (size + 1);
  line('D8: commands a second and node', perNode.toFixed(2), '≤ 0.5', perNode <= 0.5);

  const seen = await seeChanges(node, crowd);
  const late = quantile(seen, 0.99);
  line('D8: a change is seen after, p99', `${late.toFixed(0)} ms (median ${median(seen).toFixed(1)})`, '< 1 s', late < 1_000);

  /** @type {number[]} */
  const waits = [];
  const fresh = async () => {
    const start = performance.now();
    const found = await node.discovery.findService({ name: 'service0', fresh: true });
    waits.push(performance.now() - start);
    if (found === null) throw new Error('nothing found');
  };
  await load(fresh, 64, asked / 10);
  waits.length = 0;
  const { clock } = await load(fresh, 64, asked);
  const rate = Math.round((1_000 * asked) / clock);
  const slow = quantile(waits, 0.99);
  const value = `${rate.toLocaleString('en')}/s, p99 ${slow.toFixed(1)} ms`;
  line('`{ fresh: true }` on Redis, 64 in flight', value, '≥ 10,000/s, p99 < 5 ms', rate >= 10_000 && slow < 5);

  await admin.flushall();
  const start = performance.now();
  let least = size;
  while ((await admin.zcard('{netron:default}:l')) < size) {
    least = Math.min(least, (await node.discovery.getActiveNodes()).length);
    await sleep(10);
  }
  const back = (performance.now() - start) / 1_000;
  const known = `${back.toFixed(1)} s (the node knew ${least} of ${size} at the least)`;
  line('D8: all back after FLUSHALL', known, '≤ 10 s', back <= 10);

  await node.stop();
  crowd.disconnect();
  admin.disconnect();
  server.kill();
  await exit;
  return lines;
}

/** Milliseconds until a node sees each of some changes. @param {Netron} node @param {import('node:child_process').ChildProcess} crowd */
async function seeChanges(node, crowd) {
  /** @type {number[]} */
  const waits = [];
  for (let change = 0; change < changes; change += 1) {
    const start = performance.now();
    const heard = new Promise((resolve) => node.discovery.once('node:changed', resolve));
    crowd.send({ node: (change * 37) % size, weight: 2 + change });
    await heard;
    waits.push(performance.now() - start);
  }
  return waits;
}

/** Scripts that were run so far. @param {Redis} redis */
async function scriptRuns(redis) {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/cmdstat_evalsha?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
