/** B12: what connected peers cost that say nothing. argv: transport and number of peers; prints KiB of RSS for each. */
import { fork } from 'node:child_process';
import { Netron } from '../../../src/index.js';
import { visit } from '../stranger.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const [, , transport, number, address] = process.argv as [string, string, string, string, string | undefined];
const peers = Number(number);
const warmth = 1_000;
const maxConnections = peers + warmth;

if (address !== undefined) {
  // The other ends live in a process of their own.
  const node = await Netron.create({ logger: quiet });
  for (let made = 0; made < peers; made += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => visit(node, { id: `${process.pid}-${made + at}` }, address)));
  process.send?.('done');
} else {
  const listen =
    transport === 'tcp'
      ? { transports: { tcp: { port: 0, maxConnections } } }
      : { transports: { websocket: { port: 0, maxConnections } } };
  const node = await Netron.create({ logger: quiet, stopTimeout: 0, ...listen });
  const settle = async (): Promise<number> => {
    for (let round = 0; round < 5; round += 1) {
      global.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return process.memoryUsage().rss;
  };
  const connect = async (count: number) => {
    const child = fork(process.argv[1] as string, [transport, String(count), node.addresses[0] as string]);
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error('the other ends have failed')));
    });
    return child;
  };
  const warm = await connect(warmth);
  const before = await settle();
  const child = await connect(peers);
  const after = await settle();
  const used = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const { user, system } = process.cpuUsage(used);
  console.log(
    JSON.stringify({ kib: (after - before) / peers / 1024, cpu: (user + system) / 20_000, connected: node.peers.size }),
  );
  child.kill('SIGKILL');
  warm.kill('SIGKILL');
  process.exit(0);
}
