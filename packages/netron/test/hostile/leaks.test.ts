/** B11, B12: nothing stays of what was done, and those who say nothing cost no work. */
import { expect, it } from 'vitest';
import { figures } from './program.js';

it('B11: 1,000 each of calls, events, streams, callbacks, subscriptions and connections grow neither memory nor tables', async () => {
  const { heard, left, ...grown } = await figures('leaks', ['1000']);
  // A megabyte would be a kilobyte for each; less of it is what tables tell, and the soak.
  for (const [name, megabytes] of Object.entries(grown)) expect(megabytes, name).toBeLessThan(1);
  expect(heard).toBe(1_200);
  // The service that was asked for.
  expect(left).toBe(1);
});

it.each(['ws', 'tcp'])(
  'B12: idle peers over %s share one timer, are pinged every 15 s, and take at most 16 KiB each',
  async (transport) => {
    const { timers, pings, connected, kib } = await figures('quiet', [transport, '500']);

    expect(connected).toBe(550);
    expect(timers).toBeLessThanOrEqual(3);
    expect(pings).toBe(500);
    expect(kib).toBeLessThan(16);
  },
);
