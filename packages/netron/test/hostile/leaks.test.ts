/**
 * B11, B12: nothing stays of what was done, and little is needed for who is there.
 */
import { describe, expect, it } from 'vitest';
import { figures } from './program.js';

it('B11: 10,000 calls, events, streams, callbacks, subscriptions and connections each: heap + < 1 MB', async () => {
  const { heard, left, ...grown } = await figures('leaks');
  for (const [what, megabytes] of Object.entries(grown)) expect(megabytes, what).toBeLessThan(1);
  expect(heard).toBe(12_000);
  // The service that was asked for.
  expect(left).toBe(1);
}, 90_000);

describe('B12: 10,000 idle peers, heartbeats on', () => {
  it.each([
    ['ws', 16],
    ['tcp', 12],
  ])(
    '%s: at most %i KiB of RSS each, and little work',
    async (transport, most) => {
      const { kib, cpu, connected } = await figures<'kib' | 'cpu' | 'connected'>('idle', [transport, '10000']);
      console.log(`${transport}: ${kib.toFixed(1)} KiB and ${cpu.toFixed(2)} % of a core`);
      expect(connected).toBe(11_000);
      expect(kib).toBeLessThan(most);
      expect(cpu).toBeLessThan(5);
    },
    120_000,
  );
});
