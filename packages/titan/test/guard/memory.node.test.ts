import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { SlidingWindow } from '../../src/index.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use, those outside of the heap too. What is given up is freed by other threads: the least of some looks counts. */
async function used(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 10; look += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

it('E6: 300,000 callers take at most 200 bytes each', async () => {
  const limit = 10_000;
  const callers = Array.from({ length: 300_000 }, (_, at) => `user ${at}`);
  const window = new SlidingWindow({ limit, window: 60_000, now: () => 0 });
  const before = await used();
  for (const caller of callers) window.take(caller, 1);
  const perKey = ((await used()) - before) / callers.length;
  expect(window.size).toBe(300_000);
  expect(perKey).toBeLessThanOrEqual(200);
  expect(window.take(callers[0]!, limit)).toBeGreaterThan(0);
});
