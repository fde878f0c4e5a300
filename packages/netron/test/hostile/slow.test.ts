/** B5, B6: who reads slowly costs little and harms nobody. */
import { describe, expect, it } from 'vitest';
import { figures } from './program.js';

describe.each(['many', 'one'])('B5: answers that nobody reads, asked for in %s message(s)', (how) => {
  it('RSS + < 32 MB for 4 × 64 MiB, at most 1 MiB and one answer unsent, then nothing more is read; closed after 10 s', async () => {
    const seen = await figures('slow-reader', [how]);
    expect(seen.rss).toBeLessThan(32);
    expect(seen.unsent).toBeLessThan(1.2);
    expect(seen.answered).toBeLessThan(200);
    expect(seen.slowest).toBeLessThan(250);
    expect([seen.peersBefore, seen.peersAfter]).toEqual([5, 1]);
  }, 60_000);
});

it('B6: a slow consumer of 10 GB: RSS + < 32 MB, the source is at most 1 MiB ahead, p99 of other calls < 50 ms', async () => {
  const seen = await figures('slow-consumer');
  expect(seen.rss).toBeLessThan(32);
  expect(seen.ahead).toBeLessThanOrEqual(1);
  expect(seen.p99).toBeLessThan(50);
  expect(seen.taken).toBeGreaterThan(0);
  expect(seen.calls).toBeGreaterThan(20);
}, 60_000);
