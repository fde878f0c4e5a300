import { expect, it } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { eventually } from '../../test/eventually.js';
import { CallQueue } from './call-queue.js';
import { ChangeOrder } from './change-order.js';
import { MemoryQueueStorage, type StoredCall } from './storage.js';

it('a scope of a previous user, in which another tab is working, does not block the next user', async () => {
  let user = 'ann';
  const sent: string[] = [];
  const asked: string[] = [];
  const queue = new CallQueue({
    storage: new MemoryQueueStorage(),
    storable: new Set(),
    clock: new TestClock(),
    activity: { visible: true, online: true, listen: () => () => {} },
    locks: {
      async request(name, _, work) {
        asked.push(name);
        // Another tab sends Ann's calls in this scope, and keeps trying.
        if (name === 'netron-queue ann notes') return new Promise(() => {});
        return work();
      },
    },
    channel: undefined,
    owner: async () => user,
    currentUser: async () => user,
    send: async ({ owner }: StoredCall) => ({ value: sent.push(owner), outdated: { pattern: [], tags: [] } }),
    unawaited: () => {},
    window: async () => 60_000,
    failed: undefined,
  });
  const order = new ChangeOrder();
  const add = (owner: string) => {
    const turn = order.begin('notes', { ended: owner !== user } as never, order.mark());
    const call = {
      owner,
      service: 'notes',
      method: 'save',
      args: '{"v":[]}',
      headers: {},
      scope: 'notes',
      key: owner,
      invalidate: [],
    };
    return queue.add(call, turn, (work) => work);
  };
  add('ann').catch(() => {});
  await eventually(() => expect(asked).toContain('netron-queue ann notes'));
  user = 'bob';
  await add('bob');
  expect(sent).toEqual(['bob']);
  queue.close();
});
