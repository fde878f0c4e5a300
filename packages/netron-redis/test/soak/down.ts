/**
 * D1: stops Redis for a minute while three nodes and a client that calls them run, and checks: no call fails, no node is removed, memory
 * stays flat, and all nodes are announced again within ten seconds after Redis is back, empty.
 */
import { defineService, Netron } from '@omnitron-dev/netron';
import { startServer } from '../../../netron/test/server-process.js';
import { redisDiscovery } from '../../src/index.js';

const [seconds = 60, rate = 500] = process.argv.slice(2).map(Number);
/** Megabytes by which the heap may grow meanwhile. */
const growth = 5;
/** Milliseconds within which everything must recover. */
const healing = 10_000;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const args = (port: number): string[] => ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
const redis = await startServer('redis-server', args, /Ready to accept connections/);
process.once('exit', () => void redis.kill());
const discovery = () => redisDiscovery(`redis://127.0.0.1:${redis.port}`);
const ids = ['a', 'b', 'c'];
const nodes: Netron[] = [];
for (const id of ids) {
  const node = await Netron.create({ id, logger: quiet, transports: { tcp: { port: 0 } }, discovery: discovery() });
  await node.peer.exposeService(defineService({ name: 'shop@1.0.0', methods: { where: () => id } }));
  nodes.push(node);
}
const client = await Netron.create({ id: 'client', logger: quiet, transports: {}, discovery: discovery() });
const shop = client.service<{ where(): string }>('shop', { locality: false });
const problems: string[] = [];
for (const node of [...nodes, client]) node.discovery.on('node:left', (id) => problems.push(`${node.id} took ${id} out`));

/** Waits until a node knows all others; gives up after a time. */
async function knowsAll(node: Netron, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  for (;;) {
    const known = new Set((await node.discovery.getActiveNodes()).map(({ id }) => id));
    if (node.discovery.state === 'ready' && ids.every((id) => known.has(id))) return true;
    if (performance.now() > end) return false;
    await pause(20);
  }
}
for (const node of [...nodes, client])
  if (!(await knowsAll(node, 30_000))) throw new Error(`${node.id} does not know the others`);

let calls = 0;
let done = 0;
const failed = new Map<string, number>();
const begun = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - begun) / 1_000) * rate);
  for (; calls < due; calls += 1) {
    shop
      .where()
      .catch((error: Error) => failed.set(error.message, (failed.get(error.message) ?? 0) + 1))
      .finally(() => {
        done += 1;
      });
  }
}, 5);
const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
};

await pause(3_000);
const before = heap();
await redis.kill();
for (let second = 1; second <= seconds; second += 1) {
  await pause(1_000);
  if (second % 10 === 0)
    console.log(`${second} s without Redis: ${done} calls, heap ${heap().toFixed(1)} MB (${before.toFixed(1)} before)`);
}
const after = heap();
if (after - before > growth) problems.push(`the heap has grown by ${(after - before).toFixed(1)} MB`);
const back = performance.now();
await redis.start();
for (const node of [...nodes, client])
  if (!(await knowsAll(node, healing))) problems.push(`${node.id} is not as before after ${healing} ms`);
// A new node knows only what is in the store.
const stranger = await Netron.create({ id: 'stranger', logger: quiet, transports: {}, discovery: discovery() });
if (!(await knowsAll(stranger, healing))) problems.push('not all are announced again');
const healed = performance.now() - back;
if (healed > healing) problems.push(`healed after ${Math.round(healed)} ms`);
await pause(1_000);
clearInterval(timer);
while (done < calls) await pause(20);
for (const [message, count] of failed) problems.push(`${count} calls failed: ${message}`);
console.log(
  `${done} calls, ${seconds} s without Redis; all announced again after ${Math.round(healed)} ms; heap ${before.toFixed(1)} MB, ${after.toFixed(1)} MB at the end of it`,
);
for (const problem of problems.slice(0, 20)) console.log(problem);
await Promise.all([...nodes, client, stranger].map((node) => node.stop({ timeout: 1_000 })));
await redis.kill();
console.log(problems.length === 0 ? 'D1 holds' : 'D1 does not hold');
process.exitCode = problems.length === 0 ? 0 : 1;
