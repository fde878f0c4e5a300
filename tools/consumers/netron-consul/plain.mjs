import { createServer } from 'node:net';
import { Netron } from '@omnitron-dev/netron';
import { consulDiscovery } from '@omnitron-dev/netron-consul';

// A port that nobody listens on: the node runs without its registry, and says so.
const free = createServer();
await new Promise((resolve) => free.listen(0, '127.0.0.1', resolve));
const { port } = free.address();
await new Promise((resolve) => free.close(resolve));

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
for (const discovery of [consulDiscovery({ url: `http://127.0.0.1:${port}` }), `consul://127.0.0.1:${port}`]) {
  const node = await Netron.create({ logger: quiet, discovery });
  const { state, backends } = node.discovery;
  await node.stop();
  if (state !== 'degraded' || !/refused/i.test(backends[0].error.message)) throw new Error(`got ${state}`);
}
console.log('ok');
