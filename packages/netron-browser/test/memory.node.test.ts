/** Memory that a page holds for values that its cache has evicted. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';
import { FakeServer } from './fake-server.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

it('holds no long argument of an evicted value', async () => {
  const server = new FakeServer().on('texts.length', { safe: true }, ({ args }) => (args[0] as string).length);
  await using peer = new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, cache: { maxEntries: 10 } });
  const texts = (await peer.queryFluentInterface<{ length(text: string): number }>('texts')).cache(60_000);
  const long = 'x'.repeat(200_000);
  const held = () => {
    server.asked.length = 0;
    collect();
    return process.memoryUsage().heapUsed;
  };
  await texts.length(long);
  const before = held();
  for (let id = 0; id < 100; id++) await texts.length(`${long}${id}`);
  // Ten entries have about 6 MB; a hundred arguments and their keys have about 40 MB.
  expect(held() - before).toBeLessThan(20_000_000);
});
