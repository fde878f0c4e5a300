/** Calls make no promise that hands on another one: each costs memory and a turn of the queue of microtasks. */
import { createHook } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { defineService } from '../../src/index.js';
import { CircuitBreaker, NetronCircuitBreaker } from '../../src/resilience.js';
import { nodes } from './nodes.js';

/** Promises that are made until `use` is done: the least of several times, for others may work at the same time. */
async function promisesOf(use: () => Promise<unknown>): Promise<number> {
  let made = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made += 1;
    },
  });
  let least = Infinity;
  for (let round = 0; round < 20; round += 1) {
    made = 0;
    hook.enable();
    try {
      await use();
    } finally {
      hook.disable();
    }
    least = Math.min(least, made);
  }
  return least;
}

const echo = defineService({ name: 'echo@1.0.0', methods: { say: (text: string) => text } });

it('calls by name make no promises besides those that they need', async () => {
  await using pair = await nodes({ services: [echo] });
  const caller = { id: 'a', transport: 'test', identity: undefined };
  const made = {
    dispatch: await promisesOf(() => pair.server.dispatch({ service: 'echo', method: 'say', args: ['x'], caller })),
    call: await promisesOf(() => pair.server.call('echo', 'say', 'x')),
    peer: await promisesOf(() => pair.peer.call('echo', 'say', ['x'])),
  };
  // At both ends together.
  expect(made.dispatch).toBeLessThanOrEqual(16);
  expect(made.call).toBeLessThanOrEqual(21);
  expect(made.peer).toBeLessThanOrEqual(12);
});

it('a breaker of one circuit makes those that one of many makes', async () => {
  const [one, many] = [new CircuitBreaker(), new NetronCircuitBreaker()];
  const wanted = await promisesOf(() => many.call('default', () => 1));
  expect(await promisesOf(() => one.execute(() => 1))).toBe(wanted);
});
