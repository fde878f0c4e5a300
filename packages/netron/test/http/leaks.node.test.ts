/** B11 over HTTP: nothing stays of what was done. */
import { expect, it } from 'vitest';
import { figures } from '../hostile/program.js';

it('B11: 50 each of calls, reads, streams, batches, events, uploads, refusals and connections leave no timer and no memory behind', async () => {
  const told: Record<string, number> = await figures('http-leaks', ['50']);
  const { begun, left, grown, ...answers } = told;
  // Each was answered, and as it should be: what fails early leaves nothing to be looked for.
  expect(answers).toEqual({
    'answer calls 200': 1,
    'answer reads 200': 1,
    'answer streams 200': 1,
    'answer batches 200': 1,
    'answer canceled 204': 1,
    'answer events 200': 1,
    'answer uploads 200': 1,
    'answer unknown 404': 1,
    'answer malformed 400': 1,
    'answer strangers 401': 1,
    'answer skewed 200': 1,
    'answer repeated 200': 1,
    'answer connects 200': 1,
  });
  expect([begun, left]).toEqual([1, 0]);
  // Objects, entries of tables and items of lists: one for each of one kind would be 1.
  expect(grown).toBeLessThan(0.5);
});
