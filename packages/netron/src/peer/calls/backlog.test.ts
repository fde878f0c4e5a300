import { expect, it } from 'vitest';
import type { CallContext } from '../../service/call/context.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { Ticker } from '../../util/ticker.js';
import { Backlog, type KeptCall } from './backlog.js';

/** A backlog, the link that it watches, and its actions. */
function waiting() {
  const did: string[] = [];
  const clock = new VirtualClock();
  const link = {
    node: { deadlines: new Ticker(clock, 50) },
    outbox: { full: true, pending: 1 },
    stalled: () => true,
    cost: () => 100,
    breakStall: () => void did.push('break'),
    begun: (cost: number) => void did.push(`begun ${cost}`),
  };
  const backlog = new Backlog(link, {
    beginKept: ({ call }) => did.push(`call ${call.id}`),
    dropKept: ({ call }) => did.push(`drop ${call.id}`),
  });
  const keep = (id: number): void => {
    const call = { id } as CallContext;
    backlog.keep({ call, cost: 100, name: undefined } satisfies KeptCall);
  };
  return { backlog, clock, did, keep, link };
}

it('sends waiting answers, then begins waiting calls in order, when the peer reads again', () => {
  const { backlog, did, keep, link } = waiting();
  keep(1);
  keep(2);
  backlog.keepAnswer(() => did.push('answer'));
  expect([backlog.waits, backlog.calls, backlog.answers, backlog.bytes]).toEqual([true, 2, 1, 200]);
  backlog.drained();
  expect(did).toEqual([]);
  link.outbox.full = false;
  backlog.drained();
  expect(did.filter((step) => !step.startsWith('begun'))).toEqual(['answer', 'call 1', 'call 2']);
  expect([backlog.waits, backlog.calls, backlog.answers, backlog.bytes]).toEqual([false, 0, 0, 0]);
});

it('stops beginning calls when one of them stalls the peer again', () => {
  const { backlog, did, keep, link } = waiting();
  keep(1);
  keep(2);
  link.outbox.full = false;
  link.stalled = () => did.some((step) => step === 'call 1');
  link.begun = () => {
    link.outbox.full = true;
  };
  backlog.drained();
  expect([did, backlog.calls, backlog.bytes]).toEqual([['call 1'], 1, 100]);
});

it('breaks a stall when the unsent bytes do not change for two seconds', async () => {
  const { clock, did, keep, link } = waiting();
  keep(1);
  await clock.advance(1_900);
  link.outbox.pending = 2;
  await clock.advance(1_900);
  expect(did).toEqual([]);
  await clock.advance(300);
  expect(did[0]).toBe('break');
});

it('drops waiting calls when the link ends', () => {
  const { backlog, clock, did, keep } = waiting();
  keep(1);
  backlog.keepAnswer(() => did.push('answer'));
  backlog.close();
  expect([did, clock.size]).toEqual([['drop 1', 'answer'], 0]);
});
