/**
 * B11, B12: nothing stays of what was done, and little is needed for who is there. `PEERS` idle peers, default 1,000. The aim is
 * 16 KiB for a WebSocket peer and 12 for one over TCP; the bounds here are what is held today.
 */
import { describe, expect, it } from 'vitest';
import { figures, medianOf } from './program.js';

it('B11: 10,000 calls, events, streams, callbacks, subscriptions and connections each: heap + < 1 MB', async () => {
  const { heard, left, ...grown } = await figures('leaks');
  for (const [what, megabytes] of Object.entries(grown)) expect(megabytes, what).toBeLessThan(1);
  expect(heard).toBe(12_000);
  // The service that was asked for.
  expect(left).toBe(1);
}, 90_000);

describe('B12: idle peers', () => {
  it.each([
    ['ws', 48],
    ['tcp', 40],
  ])(
    '%s: at most %i KiB of RSS each',
    async (transport, most) => {
      const peers = process.env.PEERS ?? '1000';
      const kib = await medianOf('idle', [transport, peers], 'kib');
      console.log(`${transport}: ${kib.toFixed(1)} KiB for each of ${peers} idle peers`);
      expect(kib).toBeLessThan(most);
    },
    120_000,
  );
});
