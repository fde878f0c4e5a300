/** B12: connected peers that say nothing. argv: transport and number of peers; prints timers, pings and KiB of memory for each. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Netron } from '../../../src/index.js';
import { settled, until } from '../../integration/nodes.js';
import { VirtualClock } from '../../integration/virtual-clock.js';
import { type Stranger, visit } from '../stranger.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const [transport, number, address] = process.argv.slice(2) as [string, string, string | undefined];
const count = Number(number);

/** The other ends, in a process of their own; answers each question with the number of pings that have come. */
async function visitors(address: string): Promise<void> {
  const node = await Netron.create({ logger: quiet });
  const peers: Stranger[] = [];
  for (let made = 0; made < count; made += 1) peers.push(await visit(node, { id: `${process.pid}-${made}` }, address));
  const pings = (): number => peers.flatMap(({ heard }) => heard.filter(({ kind }) => kind === 'ping')).length;
  process.on('message', async (expected: number) => {
    await until(() => pings() >= expected);
    await settled();
    process.send?.(pings());
  });
  process.send?.(count);
}

async function settle(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    await settled();
    global.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function serve(): Promise<void> {
  const clock = new VirtualClock();
  const listen = transport === 'tcp' ? { tcp: { port: 0 } } : { websocket: { port: 0 } };
  const node = await Netron.create({ clock, logger: quiet, stopTimeout: 0, transports: listen });
  const start = async (peers: number) => {
    const child = fork(fileURLToPath(import.meta.url), [transport, String(peers), node.addresses[0] as string]);
    await once(child, 'message');
    return child;
  };
  const children = [await start(50)];
  await until(() => node.peers.size === 50);
  const before = await settle();
  children.push(await start(count));
  await until(() => node.peers.size === 50 + count);
  const kib = ((await settle()) - before) / count / 1_024;
  const timers = clock.size;
  await clock.advance(16_000);
  const [, child] = children;
  child?.send(count);
  const [pings] = (await once(child as object as NodeJS.EventEmitter, 'message')) as [number];
  for (const each of children) each.kill('SIGKILL');
  console.log(JSON.stringify({ kib, timers, pings, connected: node.peers.size }));
  process.exit(0);
}

if (address !== undefined) await visitors(address);
else await serve();
