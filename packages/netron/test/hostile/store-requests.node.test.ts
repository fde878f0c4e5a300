/** Requests of a registry to its store, of which there are as many as a node is old. */
import { expect, it } from 'vitest';
import { storeBackend } from '../../src/discovery.js';
import { Netron } from '../../src/index.js';
import { memory } from '../fuzz/memory.js';
import { quiet } from '../integration/nodes.js';

// 60 bytes for each request were kept: 3 MB.
it('50,000 requests to a store retain less than 1.5 MB', async () => {
  let kept = Number.NaN;
  const backend = storeBackend('test', (host) => {
    const ask = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) await host.inTime(1_000, async () => time);
    };
    return {
      async beat() {
        await ask(5_000);
        const before = await memory();
        await ask(50_000);
        kept = (await memory()).heap - before.heap;
      },
    };
  });
  const discovery = { backend, interval: 3_600_000, required: true };
  const node = await Netron.create({ logger: quiet, discovery, connectTimeout: 60_000 });
  await node.stop();
  expect(kept).toBeLessThan(1_500_000);
});
