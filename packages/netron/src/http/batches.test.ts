import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../errors/error-registry.js';
import { deferred } from '../util/deferred.js';
import { Batches } from './batches.js';
import type { HttpCall, HttpNode } from './http-node.js';

const caller = { id: 'a', address: 'a', transport: 'http', identity: undefined };

/** A node whose calls end when the test says so. */
function setup() {
  const calls: { gone: boolean; end(value: unknown): void }[] = [];
  const node = {
    errors: new ErrorRegistry(),
    resolve: async () => ({ byName: new Map([['m', { kind: 'method', info: { annotation: () => undefined } }]]) }),
    dispatchTo: (_service: unknown, { disconnects }: HttpCall) => {
      const { promise, resolve } = deferred<unknown>();
      const call = { gone: false, end: resolve };
      disconnects?.onDisconnect(() => {
        call.gone = true;
      });
      calls.push(call);
      return promise;
    },
  } as unknown as HttpNode;
  return { batches: new Batches(node, 10, undefined), calls };
}

const nothing = { timeout: undefined, headers: undefined, trace: undefined, idempotencyKey: undefined };
const item = { id: 1, service: 's', method: 'm', args: [] };

describe('batches that can be canceled', () => {
  it('are forgotten with their last call; an empty one is not remembered', async () => {
    const { batches, calls } = setup();
    for (let n = 0; n < 100; n++) batches.run(caller, [], `empty ${n}`, nothing);
    expect(batches.size).toBe(0);
    const { stream } = batches.run(caller, [item, { ...item, id: 2 }], 'two', nothing);
    expect(batches.size).toBe(1);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    calls[0]?.end(1);
    await stream?.chunks.next();
    expect(batches.size).toBe(1);
    calls[1]?.end(2);
    await stream?.chunks.next();
    expect(batches.size).toBe(0);
  });

  it('one that ends leaves another of its name alone', async () => {
    const { batches, calls } = setup();
    const first = batches.run(caller, [item], 'same', nothing);
    const second = batches.run(caller, [item], 'same', nothing);
    await new Promise((resolve) => setTimeout(resolve));
    calls[0]?.end(1);
    await first.stream?.chunks.next();
    batches.cancel(caller, ['same', 1]);
    expect(calls.map(({ gone }) => gone)).toEqual([false, true]);
    calls[1]?.end(2);
    await second.stream?.chunks.next();
    expect(batches.size).toBe(0);
  });
});
