import { expect, it } from 'vitest';
import { gate, nodes, settled } from '../../test/integration/nodes.js';
import { defineService } from '../service/declare/define-service.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { systemScheduler } from '../util/scheduler.js';
import { LeavingPeers } from './leaving-peers.js';

/** Two nodes on a clock that stands still, and the peers that one of them releases. */
async function connected() {
  const { opened, open } = gate();
  const service = defineService({
    name: 'work',
    methods: {
      wait: () => opened,
      // The answer is sent in fragments.
      long: () => new Uint8Array(3 * 1024 * 1024),
      async *count() {
        yield 1;
        await opened;
        yield 2;
      },
    },
  });
  const clock = new VirtualClock();
  const pair = await nodes({ services: [service], server: { clock }, client: { clock } });
  const leaving = new LeavingPeers(systemScheduler);
  return { ...pair, leaving, open: () => open(), work: await pair.peer.queryInterface<typeof service>('work') };
}

it('ends an idle peer at once', async () => {
  await using pair = await connected();
  const { leaving, peer, work } = pair;
  work[Symbol.dispose]();
  await settled();
  leaving.add(peer);
  expect([peer.state, leaving.size]).toEqual(['closed', 0]);
});

it('ends a peer when its last call was answered, and its last reference is given back', async () => {
  await using pair = await connected();
  const { leaving, open, peer, work } = pair;
  const call = work.wait();
  leaving.add(peer);
  await settled();
  expect(peer.state).toBe('ready');
  open();
  await call;
  await settled();
  expect([peer.state, leaving.size]).toEqual(['ready', 1]);
  work[Symbol.dispose]();
  await settled();
  expect([peer.state, leaving.size]).toEqual(['closed', 0]);
});

it('ends a peer when its last stream is over, and after a long answer', async () => {
  await using pair = await connected();
  const { leaving, open, peer, work } = pair;
  const stream = work.count()[Symbol.asyncIterator]();
  const long = work.long();
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  work[Symbol.dispose]();
  leaving.add(peer);
  expect((await long).length).toBe(3 * 1024 * 1024);
  await settled();
  expect(peer.state).toBe('ready');
  open();
  await stream.next();
  await stream.next();
  await settled();
  expect(peer.state).toBe('closed');
});

it('ends a peer whose calls this node answers when the last of them has its answer', async () => {
  await using pair = await connected();
  const { leaving, open, back, peer, work } = pair;
  const call = work.wait();
  work[Symbol.dispose]();
  await settled();
  leaving.add(back);
  await settled();
  expect(back.state).toBe('ready');
  open();
  await call;
  await settled();
  expect([back.state, peer.state]).toEqual(['closed', 'closed']);
});

it('forgets a peer that ends by itself, and lets one stay that is needed again', async () => {
  await using one = await connected();
  await using other = await connected();
  const { leaving } = one;
  for (const { peer, work } of [one, other]) {
    void work.wait().catch(() => {});
    leaving.add(peer);
  }
  await settled();
  expect(leaving.size).toBe(2);
  expect([leaving.takeBack(one.peer), leaving.takeBack(one.peer)]).toEqual([true, false]);
  await other.peer.disconnect();
  await settled();
  expect(leaving.size).toBe(0);
  one.open();
  one.work[Symbol.dispose]();
  await settled();
  expect(one.peer.state).toBe('ready');
});
