import { expect, it } from 'vitest';
import { gate } from '../../test/fake-server.js';
import type { StoredCall } from './storage.js';
import { type ReadCalls, WaitingCount } from './waiting-count.js';

const read = (...ids: string[]): ReadCalls => ({ owner: 'ada', calls: ids.map((id) => ({ id }) as StoredCall) });

it('a change during a read of the calls is not overwritten: they are read again', async () => {
  const reads = [gate<ReadCalls>(), gate<ReadCalls>()];
  let asked = 0;
  const count = new WaitingCount(() => (reads[asked++] as (typeof reads)[0]).promise);
  count.set(read());
  const sizes: number[] = [];
  count.subscribe(() => sizes.push(count.size));
  const counted = count.refresh();
  count.add('a', 'ada');
  reads[0]?.open(read());
  reads[1]?.open(read('a'));
  await counted;
  expect([sizes, count.size, asked]).toEqual([[1, 1], 1, 2]);
});
