/** C6: a server that is lost gets its clients back, and lives. */
import { expect, it } from 'vitest';
import { figures } from '../hostile/program.js';

it('C6: 1,000 WebSocket clients whose server is killed for 5 s: spread out, at most 4 tries each, 95 % back 5 s after, loop ≤ 250 ms', async () => {
  const seen = await figures('storm', ['1000']);
  expect(seen).toMatchObject({ clients: 1_000, tried: 1_000 });
  expect(seen.firstTogether).toBeLessThanOrEqual(0.15);
  expect(seen.maxTries).toBeLessThanOrEqual(4);
  expect(seen.back).toBeGreaterThanOrEqual(0.95);
  expect(seen.serverLoop).toBeLessThanOrEqual(250);
});
