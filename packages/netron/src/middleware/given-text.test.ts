import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import { defineService, idempotency, Netron, withOptions } from '../index.js';
import { breaker } from './breaker.js';
import { bulkhead } from './bulkhead.js';
import type { Call } from './call.js';

type Maker = (call: Call) => string;
const policies: [string, (made: Maker) => Promise<unknown>][] = [
  ['the key of a breaker', async (key) => breaker({ key })(() => 'ran')(sampleCall())],
  ['the key of a bulkhead', async (key) => bulkhead({ key })(() => 'ran')(sampleCall())],
  ['the caller of a call with an idempotency key', once],
];

async function once(caller: Maker): Promise<unknown> {
  const node = await Netron.create({ middleware: { incoming: [idempotency({ caller })] } });
  await node.peer.exposeService(defineService({ name: 'bank', methods: { pay: () => 'ran' } }));
  const bank = await node.peer.queryInterface<{ pay(): string }>('bank');
  try {
    return await withOptions(bank, { idempotencyKey: 'k' }).pay();
  } finally {
    await node.stop();
  }
}

describe.each(policies)('%s', (what, answer) => {
  it.each([
    ['a promise', async () => 'ann'],
    ['a promise', async () => Promise.reject(new Error('nobody hears of it'))],
    ['undefined', () => undefined],
    ['a number', () => 7],
    ['an object', () => ({ id: 7 })],
  ])('must be a string, not %s: the call is not made', async (came, made) => {
    const refused = { code: 'internal', outcome: 'not_run', message: `${what} must be a string, not ${came}` };
    await expect(answer(made as () => never)).rejects.toMatchObject(refused);
  });

  it('may be any string', async () => {
    expect(await answer(() => '')).toBe('ran');
  });
});
