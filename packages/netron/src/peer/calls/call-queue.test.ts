import { expect, it } from 'vitest';
import { allParts } from '../link/all-parts.js';
import { CallQueue } from './call-queue.js';
import { Callee } from './callee.js';

/** A queue, and the arguments that it has discarded. */
function queue() {
  const discarded: unknown[] = [];
  const calls = new CallQueue({ inFlight: 3, discard: (args) => discarded.push(...(args ?? [])) }, allParts);
  const push = (name: string, deadline: number, signal?: AbortSignal) =>
    calls.push(new Callee(1, 0, 'calc', name), [name], signal && { signal }, undefined, undefined, deadline);
  return { calls, discarded, push };
}

it('passes calls on in order and skips canceled ones', async () => {
  const { calls, discarded, push } = queue();
  const controller = new AbortController();
  const canceled = push('add', Infinity, controller.signal);
  void push('sub', Infinity);
  expect([calls.size, calls.open]).toEqual([2, false]);
  controller.abort(new Error('enough'));
  await expect(canceled).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
  expect([calls.next()?.callee.method, calls.next(), discarded]).toEqual(['sub', undefined, ['add']]);
  expect(calls.open).toBe(true);
});

it('a call whose deadline passes in the queue fails as not sent', async () => {
  const { calls, discarded, push } = queue();
  const late = push('add', 100);
  void push('sub', 200);
  calls.expire(99);
  expect(calls.size).toBe(2);
  calls.expire(100);
  await expect(late).rejects.toMatchObject({
    code: 'deadline_exceeded',
    message: 'calc.add was not sent before its deadline: 3 calls are in flight',
  });
  expect([calls.size, discarded]).toEqual([1, ['add']]);
});

it('refuses calls once sealed, and fails waiting calls once closed', async () => {
  const { calls, push } = queue();
  const waiting = push('add', Infinity);
  calls.seal('the node is stopping');
  expect(calls.refusal({ service: 'calc', method: 'sub' })).toMatchObject({
    code: 'unavailable',
    message: 'calc.sub: the node is stopping',
  });
  expect(calls.size).toBe(1);
  calls.close('the connection was closed');
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable', outcome: 'not_run' });
  expect(calls.size).toBe(0);
});
