import { expect, it } from 'vitest';
import { SharedStore } from './shared-store.js';

it('takes an answer that has come while the process was held up', async () => {
  const failures: unknown[] = [];
  const store = new SharedStore((error) => failures.push(error));
  const answer = store.ask(5, () => new Promise<string>((resolve) => setTimeout(resolve, 10, 'an answer')));
  await Promise.resolve();
  // Both times pass before anything else can run.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  expect(await answer).toEqual({ answer: 'an answer' });
  expect(failures).toEqual([]);
});

it('gives up what does not answer in its time', async () => {
  const failures: unknown[] = [];
  const store = new SharedStore((error) => failures.push(error));
  expect(await store.ask(5, () => new Promise(() => {}))).toBeUndefined();
  expect(failures).toHaveLength(1);
});
