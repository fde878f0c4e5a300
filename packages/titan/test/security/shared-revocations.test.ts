import { type EventHandler, EventBus as NodeBus } from '@omnitron-dev/netron';
import { MemoryBroker, memoryBackplane } from '@omnitron-dev/netron/discovery';
import { Revocations } from '@omnitron-dev/netron-auth';
import { expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../netron/test/integration/virtual-clock.js';
import { createApp } from '../../src/index.js';
import { SharedRevocations, sharesRevocations } from '../../src/security/shared-revocations.js';

/** A bus whose handlers must not fail. */
function busOf(clock: VirtualClock) {
  const onError = (error: unknown) => {
    throw error;
  };
  return new NodeBus({ clock, onError });
}

/** A list on a bus that others publish on, too. */
function shared(clock: VirtualClock, bus: NodeBus, revocations = new Revocations({ now: () => clock.wall() })) {
  const node = {
    publish: (event: string, data: unknown) => bus.publish(event, data),
    subscribe: (event: string, handler: EventHandler) => bus.subscribe(event, handler),
  };
  return { revocations, sharing: new SharedRevocations(node as never, revocations, clock) };
}

it('what is no list of revocations changes nothing', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const { revocations, sharing } = shared(clock, bus);
  const at = clock.wall();
  const bad = [
    undefined,
    null,
    'x',
    {},
    [],
    [5],
    [[]],
    [[null, at]],
    [[{}, at]],
    [[{ userId: 5 }, at]],
    [[{ tokenId: {} }, at]],
    [[{ userId: 'x'.repeat(257) }, at]],
  ];
  for (const data of [...bad, [[{ userId: 'a' }, Number.NaN]], [[{ userId: 'a' }, '5']], [[{ userId: 'a' }]]])
    await bus.publish('auth:revoked', { entries: data });
  for (const data of [undefined, null, 'x', []]) await bus.publish('auth:revoked', data);
  for (const data of [undefined, 'x', { toString: null }, { digest: 5, run: 'r' }, { digest: '1 1' }, { digest: '1 1', run: {} }])
    await bus.publish('auth:revocations', data);
  await clock.advance(10_000);
  expect(revocations.size).toBe(0);
  await bus.publish('auth:revoked', { entries: [[{ userId: 'a' }, at], 5, [{ tokenId: 't' }, at]] });
  expect(revocations.size).toBe(2);
  sharing.close();
  expect(clock.size).toBe(0);
});

it('lists that differ become one, in pages, and are silent then', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const given = new Revocations({ now: () => clock.wall() });
  for (let n = 0; n < 5_000; n++) given.revoke({ tokenId: `token number ${n}` });
  const pages: number[] = [];
  bus.subscribe('auth:revoked', (data) => pages.push((data as { entries: unknown[] }).entries.length));
  const [one, other] = [shared(clock, bus, given), shared(clock, bus)];
  other.revocations.revoke({ userId: 'ada' });
  await clock.advance(10_000);
  expect([one.revocations.size, other.revocations.size]).toEqual([5_001, 5_001]);
  expect(Math.max(...pages)).toBeLessThan(2_500);
  const sent = pages.length;
  await clock.advance(60_000);
  expect(pages.length).toBe(sent);
  one.sharing.close();
  other.sharing.close();
});

it('lists that differ in their ids alone become one', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const given = ['one', 'other'].map((tokenId) => {
    const list = new Revocations({ now: () => clock.wall() });
    list.revoke({ tokenId });
    list.revoke({ userId: `user of ${tokenId}` });
    return list;
  });
  const nodes = given.map((list) => shared(clock, bus, list));
  await clock.advance(5_000);
  expect(given.map(({ size }) => size)).toEqual([4, 4]);
  for (const { sharing } of nodes) sharing.close();
});

it('a list that is full does not have the others send theirs for ever', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const full = new Revocations({ now: () => clock.wall(), max: 1 });
  const [one, other] = [shared(clock, bus), shared(clock, bus, full)];
  for (const userId of ['ada', 'bob', 'eve']) one.revocations.revoke({ userId });
  expect([full.size, full.overflowed]).toEqual([1, true]);
  let told = 0;
  bus.subscribe('auth:revoked', () => void told++);
  await clock.advance(600_000);
  // Both answer the digest of the other, after 1, 2, 4 … 60 seconds at most: 300 times each they would without.
  expect(told).toBeGreaterThan(10);
  expect(told).toBeLessThan(150);
  one.revocations.revoke({ userId: 'joe' });
  const late = shared(clock, bus);
  await clock.advance(5_000);
  expect(late.revocations.size).toBe(4);
  for (const { sharing } of [one, other, late]) sharing.close();
});

it('many lists that are full do not have the others send theirs more often than one', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const one = shared(clock, bus);
  const full = Array.from({ length: 8 }, () => shared(clock, bus, new Revocations({ now: () => clock.wall(), max: 1 })));
  for (const userId of ['ada', 'bob', 'eve']) one.revocations.revoke({ userId });
  await clock.advance(120_000);
  let told = 0;
  bus.subscribe('auth:revoked', (data) => void (told += (data as { entries: unknown[] }).entries.length === 3 ? 1 : 0));
  await clock.advance(300_000);
  expect(told).toBeGreaterThan(1);
  expect(told).toBeLessThan(15);
  for (const { sharing } of [one, ...full]) sharing.close();
});

it('a node that starts again and again hears of all within seconds, each time', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const one = shared(clock, bus);
  one.revocations.revoke({ userId: 'ada' });
  for (let start = 0; start < 20; start++) {
    const late = shared(clock, bus);
    await clock.advance(3_100);
    expect([start, late.revocations.size]).toEqual([start, 1]);
    late.sharing.close();
  }
  one.sharing.close();
});

it('a node that comes back after a silence hears of all within seconds', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const one = shared(clock, bus);
  one.revocations.revoke({ userId: 'ada' });
  // It speaks, and nothing reaches it.
  const say = () => bus.publish('auth:revocations', { digest: '0 0', run: 'deaf' });
  for (let n = 0; n < 30; n++) {
    await say();
    await clock.advance(2_000);
  }
  await clock.advance(6_000);
  let told = 0;
  bus.subscribe('auth:revoked', () => void told++);
  await say();
  await clock.advance(1_000);
  expect(told).toBe(1);
  one.sharing.close();
});

it('what is over is not told any more', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const options = { now: () => clock.wall(), keep: 60_000 };
  const first = new Revocations(options);
  first.revoke({ userId: 'ada' });
  await clock.advance(60_000);
  const lists = [shared(clock, bus, first), shared(clock, bus, new Revocations(options))];
  let told = 0;
  bus.subscribe('auth:revoked', () => void told++);
  await clock.advance(10_000);
  expect([told, lists[1]!.revocations.size]).toEqual([0, 0]);
  first.revoke({ userId: 'bob' });
  expect([...lists[1]!.revocations.entries()]).toEqual([[{ userId: 'bob' }, clock.wall()]]);
  for (const { sharing } of lists) sharing.close();
});

it.each([
  [{}, false],
  [{ remoteEvents: true }, true],
  [{ remoteEvents: ['price:*'] }, false],
  [{ remoteEvents: ['price:*', 'auth:*'] }, true],
  [{ remoteEvents: ['auth:revoked'] }, false],
  [{ remoteEvents: ['auth:revoked', 'auth:revocations'] }, true],
] as const)('%j shares: %s', (options, expected) => {
  expect(sharesRevocations(options)).toBe(expected);
});

const security = { authentication: { authenticate: async (userId: string) => ({ userId }) } };
const authenticate = async () => ({ userId: 'ada' });

it.each([
  ['others hear nothing of revocations', { remoteEvents: ['price:*'], security }, 1],
  ['users are known to the node', { remoteEvents: ['price:*'], security: {}, authenticate }, 1],
  ['others hear of them', { remoteEvents: ['price:*', 'auth:*'], security }, 0],
  ['others hear of everything', { remoteEvents: true, security }, 0],
  ['nobody is known', { remoteEvents: ['price:*'], security: {} }, 0],
  ["the list is the program's own", { remoteEvents: ['price:*'], security: { ...security, revocations: new Revocations() } }, 1],
  ['the program shares it otherwise', { remoteEvents: ['price:*'], security: { ...security, revocations: heard() } }, 0],
] as const)('nodes on a backplane: revocations that would stay here are told at the start, where %s', async (_, given, told) => {
  const lines: string[] = [];
  const { security, ...options } = given;
  const app = createApp({
    signals: false,
    logger: { level: 'warn', destination: { write: (line) => lines.push(line) } },
    config: { netron: { server: false, healthPort: false } },
    netron: { events: { cluster: memoryBackplane(new MemoryBroker()) }, ...options },
    security,
  });
  await app.start();
  await app.stop();
  expect(lines.filter((line) => line.includes('revocations are not sent to other nodes'))).toHaveLength(told);
});

/** A list that tells somebody. */
function heard(): Revocations {
  const list = new Revocations();
  list.on(() => {});
  return list;
}

it('lists that are the same are compared without going through them', async () => {
  const clock = new VirtualClock();
  const bus = busOf(clock);
  const nodes = [shared(clock, bus), shared(clock, bus)];
  for (let id = 0; id < 100; id += 1) nodes[0]!.revocations.revoke({ tokenId: `${id}` });
  const entries = nodes.map(({ revocations }) => vi.spyOn(revocations, 'entries'));
  for (let second = 0; second < 20; second += 1) {
    await clock.advance(1_000);
    nodes[0]!.revocations.revoke({ tokenId: `later ${second}` });
  }
  expect(nodes.map(({ revocations }) => revocations.size)).toEqual([120, 120]);
  for (const each of entries) expect(each).not.toHaveBeenCalled();
  for (const { sharing } of nodes) sharing.close();
});
