import { expect, it } from 'vitest';
import { NetronError } from '../../errors/netron-error.js';
import { systemScheduler } from '../../util/scheduler.js';
import { Received } from '../../wire/received.js';
import type { CallSender } from '../calls/call-sender.js';
import { systemMembers } from '../system/members.js';
import { Subscriptions } from './outgoing-subscriptions.js';

/** Subscriptions at a peer that answers with `answer`. */
function subscribing(answer: () => Promise<unknown> = () => Promise.resolve()) {
  const calls: Parameters<CallSender['call']>[] = [];
  const reported: unknown[] = [];
  const link = {
    owner: { id: 'peer' },
    calls: {
      call: (...call: Parameters<CallSender['call']>) => {
        calls.push(call);
        return answer();
      },
    },
    open: true,
    reportError: (error: unknown) => void reported.push(error),
  };
  return { calls, link, reported, subscriptions: new Subscriptions(link) };
}

it('requests events, passes them to the listener, and unsubscribes once', async () => {
  const { calls, subscriptions } = subscribing();
  const heard: unknown[] = [];
  const off = await subscriptions.subscribe(7, 'tick', (data, event) => heard.push([event, data]));
  subscriptions.event(1, undefined, 'a');
  subscriptions.event(1, 'tick.more', 'b');
  subscriptions.event(77, undefined, 'c');
  await off();
  await off();
  subscriptions.event(1, undefined, 'd');
  expect(heard).toEqual([
    ['tick', 'a'],
    ['tick.more', 'b'],
  ]);
  expect(calls.map(([{ handle, member }, args]) => [handle, member, args])).toEqual([
    [0, systemMembers.subscribe, [1, 7, 'tick']],
    [0, systemMembers.unsubscribe, [1]],
  ]);
});

it('delivers events that arrive before the answer to the request', async () => {
  let answer: (value?: unknown) => void = () => {};
  const waiting = new Promise((resolve) => {
    answer = resolve;
  });
  const { subscriptions } = subscribing(() => waiting);
  const heard: unknown[] = [];
  const subscribed = subscriptions.subscribe(0, 'tick', (data) => heard.push(data));
  subscriptions.event(1, undefined, 'early');
  answer();
  await subscribed;
  expect(heard).toEqual(['early']);
});

it('delivers nothing when the request was refused', async () => {
  const { subscriptions } = subscribing(() => Promise.reject(new NetronError('permission_denied', 'refused')));
  await expect(subscriptions.subscribe(0, 'tick', () => expect.unreachable())).rejects.toMatchObject({
    code: 'permission_denied',
  });
  subscriptions.event(1, undefined, 'a');
});

it('reports errors of a listener, and continues', async () => {
  const { reported, subscriptions } = subscribing();
  await subscriptions.subscribe(0, 'tick', () => {
    throw new Error('thrown');
  });
  await subscriptions.subscribe(0, 'tick', () => Promise.reject(new Error('rejected')));
  subscriptions.event(1, undefined, 1);
  subscriptions.event(2, undefined, 1);
  await systemScheduler.idle();
  expect(reported.map((error) => (error as Error).message)).toEqual(['thrown', 'rejected']);
});

it('answers an emission of the peer with the result of the listener', async () => {
  const { subscriptions } = subscribing();
  await subscriptions.subscribe(0, 'tick', (data) => `${String(data)}!`);
  expect(subscriptions.answer(1, 'tick', 'a')).toBe('a!');
  expect(() => subscriptions.answer(2, 'tick', 'a')).toThrow(expect.objectContaining({ code: 'not_found' }));
});

it('ends with the connection without a request', async () => {
  const { calls, link, subscriptions } = subscribing();
  const off = await subscriptions.subscribe(0, 'tick', () => expect.unreachable());
  link.open = false;
  subscriptions.close();
  await off();
  subscriptions.event(1, undefined, 1);
  expect(calls).toHaveLength(1);
});

it('unsubscribing fails only when the peer refuses it, not when the connection ends', async () => {
  let code: 'unavailable' | 'internal' | undefined;
  const { subscriptions } = subscribing(() =>
    code === undefined ? Promise.resolve() : Promise.reject(new NetronError(code, 'x')),
  );
  const [first, second] = [await subscriptions.subscribe(0, 'a', () => {}), await subscriptions.subscribe(0, 'b', () => {})];
  code = 'unavailable';
  await first();
  code = 'internal';
  await expect(second()).rejects.toMatchObject({ code: 'internal' });
});

it('reports an event with a value that cannot be received, and does not deliver it', async () => {
  const { reported, subscriptions } = subscribing();
  const heard: unknown[] = [];
  await subscriptions.subscribe(0, 'tick', (data) => heard.push(data));
  const failure = new NetronError('not_found', 'released');
  subscriptions.event(1, undefined, 'a', Object.assign(new Received(), { failure }));
  expect([heard, reported]).toEqual([[], [failure]]);
});
