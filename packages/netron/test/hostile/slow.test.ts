/** B5, B6: who reads slowly costs little and harms nobody. */
import { describe, expect, it } from 'vitest';
import { figures } from './program.js';

describe.each(['many', 'one'])('B5: unread answers, requested in %s message(s)', (how) => {
  it('of 4 × 64 MiB: at most 200 are produced and at most 1 MiB and one answer are unsent, then reading stops, and the connection closes after 10 s', async () => {
    const seen = await figures('slow-reader', [how]);
    expect(seen.unsent).toBeLessThan(1.2);
    expect(seen.answered).toBeLessThan(200);
    expect([seen.peersBefore, seen.peersAfter]).toEqual([5, 1]);
  });
});

it('B6: with a slow consumer of 10 GB, the source is at most 1 MiB ahead, and other calls are answered', async () => {
  const seen = await figures('slow-consumer');
  expect(seen.ahead).toBeLessThanOrEqual(1);
  expect(seen.taken).toBeGreaterThan(0);
  expect(seen.calls).toBe(200);
});
