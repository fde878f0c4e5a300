/**
 * Starts three nodes of one service, calls them without a pause, kills one, restarts another, and prints the client's view:
 * `node client.js`. Exits with 0 if no call failed.
 */
import assert from 'node:assert/strict';
import { Netron } from '@omnitron-dev/netron';
import { Load } from './load.js';
import type { Squares } from './node.js';
import { Nodes } from './nodes.js';

const namespace = `squares-${process.pid}`;
const nodes = new Nodes(new URL('node.js', import.meta.url), namespace);
process.once('exit', () => nodes.abandon());

for (const id of ['a', 'b', 'c']) await nodes.start(id);
const netron = await Netron.create({ id: 'client', discovery: { namespace, interval: 500 } });
const squares = netron.service<Squares>('squares@^1.0.0');
const load = new Load(squares, 16);
const failures: number[] = [];

/** Continues the calls until the named nodes, and no others, have answered for a while; prints the counts. */
async function phase(name: string, ids: string): Promise<void> {
  const all = { calls: 0, failed: 0, slowestMs: 0 };
  for (;;) {
    await load.more(100);
    const { calls, failed, wrong, slowestMs, nodes } = load.take();
    assert.equal(wrong, 0, 'a result is wrong');
    all.calls += calls;
    all.failed += failed;
    all.slowestMs = Math.max(all.slowestMs, slowestMs);
    if (Object.keys(nodes).sort().join() !== ids) continue;
    const shares = Object.entries(nodes).map(([id, count]) => `${id} ${Math.round((100 * count) / calls)} %`);
    const { calls: total, slowestMs: slowest } = all;
    console.log(
      `${name}: ${total} calls, ${all.failed} failed, slowest ${Math.round(slowest)} ms; now ${shares.sort().join(', ')}`,
    );
    failures.push(all.failed);
    return;
  }
}

await phase('three nodes', 'a,b,c');
await nodes.end('a', 'SIGKILL');
await phase('a was killed', 'b,c');
const restarted = nodes.end('b', 'SIGTERM').then(() => nodes.start('b'));
await phase('b stops', 'c');
await restarted;
await phase('b is back', 'b,c');
await nodes.start('a');
await phase('a is back', 'a,b,c');

for (const { node, used, reason } of await netron.discovery.explain('squares@^1.0.0')) {
  console.log(`${node.id}: ${used ? 'called' : 'not called'}, ${reason}`);
}
await load.stop();
await netron.stop();
await nodes.stop();
const failed = failures.reduce((sum, count) => sum + count, 0);
console.log(failed === 0 ? 'no call failed' : `${failed} calls failed, the first with: ${String(load.error)}`);
process.exit(failed === 0 ? 0 : 1);
