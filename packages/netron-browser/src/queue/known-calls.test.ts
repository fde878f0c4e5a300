import { expect, it } from 'vitest';
import { gate } from '../../test/fake-server.js';
import { KnownCalls, type ReadCalls } from './known-calls.js';
import type { StoredCall } from './storage.js';

const read = (...ids: string[]): ReadCalls => ({ owner: 'ada', calls: ids.map((id) => ({ id }) as StoredCall) });

it('a change during a read of the calls is not overwritten: they are read again', async () => {
  const reads = [gate<ReadCalls>(), gate<ReadCalls>()];
  let asked = 0;
  const known = new KnownCalls(() => (reads[asked++] as (typeof reads)[0]).promise);
  known.set(read());
  const sizes: number[] = [];
  known.subscribe(() => sizes.push(known.size));
  const counted = known.count();
  known.add('a', 'ada');
  reads[0]?.open(read());
  reads[1]?.open(read('a'));
  await counted;
  expect([sizes, known.size, asked]).toEqual([[1, 1], 1, 2]);
});
