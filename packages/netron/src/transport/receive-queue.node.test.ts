import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ReceiveQueue } from './receive-queue.js';

/** Starts a queue and ends it; only the queue could retain the receiver. */
async function ended(queue: ReceiveQueue): Promise<WeakRef<object>> {
  let closed = 0;
  const receiver = { message: () => {}, drained: () => {}, closed: () => void (closed += 1) };
  queue.start(receiver);
  queue.finish(undefined);
  expect(closed).toBe(1);
  expect(() => queue.start(receiver)).toThrow(TypeError);
  return new WeakRef(receiver);
}

it('retains its receiver no longer than until the end was reported', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const queue = new ReceiveQueue({ pause: () => {}, resume: () => {} });
  const receiver = await ended(queue);
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(receiver.deref()).toBeUndefined();
  expect(queue.closed).toBe(true);
});
