/** Events, rooms and presence of several nodes, in one process on virtual time. */
import { describe, expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { discovered } from './discovered.js';
import { failure, loseConnections, quiet } from './nodes.js';

function mesh() {
  const base = discovered({ events: { cluster: 'mesh' }, remoteEvents: true });
  const { clock, create } = base;
  return {
    ...base,
    all: async (...ids: string[]) => {
      const made: Netron[] = [];
      for (const id of ids) made.push(await create(id));
      while (made.some(({ peers }) => peers.size < ids.length - 1)) await clock.advance(10);
      await clock.advance(100);
      return made as [Netron, Netron, Netron];
    },
  };
}

describe('events over the cluster', () => {
  it('EV-03–EV-06: the four emit patterns call handlers of all nodes, also earlier subscriptions', async () => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    for (const [node, value] of [
      [a, 1],
      [b, 20],
      [c, 300],
    ] as const) {
      node.subscribe('count:*', (data) => value + Number(data));
    }
    await set.clock.advance(100);
    expect((await a.emitParallel('count:x', 0)).sort()).toEqual([1, 20, 300]);
    expect((await b.emitSerial('count:x', 0)).sort()).toEqual([1, 20, 300]);
    expect(await c.emitReduce('count:x', 1, (sum: number, value: number) => sum + value, 0)).toBe(324);
    expect(await a.emitReduceRight('count:x', 0, (sum: number, value: number) => sum + value, 0)).toBe(321);
    const late = await set.create('d');
    late.subscribe('count:x', () => 4_000);
    await set.clock.advance(3_000);
    expect((await a.emitParallel('count:x', 0)).sort()).toEqual([1, 20, 300, 4_000]);
    // EV-11: viewers over nodes.
    expect(await late.emitReduce('count:x', 0, (sum: number, value: number) => sum + value, 0)).toBe(4_321);
  });

  it('F4: published events reach each handler of other nodes once and in order', async () => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    const heard: Record<string, unknown[]> = { a: [], b: [], c: [] };
    for (const node of [a, b, c]) node.subscribe('tick', (data) => heard[node.id]?.push(data));
    await set.clock.advance(100);
    for (let tick = 0; tick < 200; tick += 1) a.publish('tick', tick);
    await set.clock.advance(100);
    const all = Array.from({ length: 200 }, (_, tick) => tick);
    expect(heard).toEqual({ a: all, b: all, c: all });
  });

  it('scope: local events and subscriptions stay on their node', async () => {
    await using set = mesh();
    const [a, b] = await set.all('a', 'b');
    const heard: string[] = [];
    a.subscribe('news', () => heard.push('a'));
    b.subscribe('news', () => heard.push('b'));
    b.subscribe('news', () => heard.push('b alone'), { scope: 'local' });
    await set.clock.advance(100);
    a.publish('news', 1, { scope: 'local' });
    expect(await a.emitParallel('news', 1, { scope: 'local' })).toHaveLength(1);
    await set.clock.advance(100);
    expect(heard).toEqual(['a', 'a']);
    a.use((_event, next) => next());
    a.publish('news', 1, { scope: 'local' });
    await set.clock.advance(100);
    expect(heard).toEqual(['a', 'a', 'a']);
    a.publish('news', 1);
    await set.clock.advance(100);
    expect(heard.sort()).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect(() => b.publish('news', 1, { scope: 'galaxy' as never })).toThrow(TypeError);
  });

  it('ends with the subscription, and with the node', async () => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    const off = b.subscribe('x', () => 'b');
    c.subscribe('x', () => 'c');
    await set.clock.advance(100);
    expect(await a.emitParallel('x', 1)).toHaveLength(2);
    off();
    await set.clock.advance(100);
    expect(await a.emitParallel('x', 1)).toEqual(['c']);
    await set.clock.settle(c.stop());
    expect(await a.emitParallel('x', 1)).toEqual([]);
  });

  it('a node that leaves gets no more questions, and answers pending ones: no emission fails', async () => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    b.subscribe('x', () => new Promise((resolve) => set.clock.setTimeout(() => resolve('b'), 50)));
    c.subscribe('x', () => 'c');
    await set.clock.advance(100);
    const asked: Promise<unknown[]>[] = [a.emitParallel('x', 0)];
    const stopped = b.stop();
    for (let turn = 0; turn < 200; turn += 1) {
      asked.push(a.emitParallel('x', turn));
      await set.clock.advance(1);
    }
    await set.clock.settle(stopped);
    const answers = await Promise.all(asked);
    expect(answers[0]?.sort()).toEqual(['b', 'c']);
    expect(answers.filter((each) => !each.includes('c'))).toEqual([]);
    expect(answers.at(-1)).toEqual(['c']);
  });

  it.each(['drain', 'stop'] as const)('a node that leaves by %s() during a serial emission is not asked', async (leave) => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    const slow = () => new Promise((resolve) => set.clock.setTimeout(() => resolve('a'), 500));
    a.subscribe('x', slow, { priority: 5 });
    b.subscribe('x', () => 'b');
    const off = c.subscribe('x', () => 'c');
    c.subscribe('x', () => 'other');
    await set.clock.advance(100);
    const answers = a.emitSerial('x', 1);
    await set.clock.advance(100);
    const left = b[leave]();
    off();
    expect(await set.clock.settle(answers)).toEqual(['a', 'other']);
    await set.clock.settle(left);
  });

  it('refuses invalid options', async () => {
    await using set = mesh();
    expect(await failure(set.create('x', { remoteEvents: false }))).toBeInstanceOf(TypeError);
    expect(await failure(set.create('x', { discovery: false }))).toBeInstanceOf(TypeError);
    expect(await failure(set.create('x', { events: { cluster: 'star' as never } }))).toBeInstanceOf(TypeError);
    const node = await Netron.create({ logger: quiet });
    expect(() => node.rooms).toThrow('rooms and presence require the option events');
    await node.stop();
  });
});

describe('presence', () => {
  it('NC-33: members of all nodes are visible on all, change, and leave with their node', async () => {
    await using set = mesh();
    const [a, b] = await set.all('a', 'b');
    const seen: string[] = [];
    a.presence.on('*', (event, { member, node, data }) => seen.push(`${event} ${member} ${node} ${String(data)}`));
    const anna = b.presence.track('document 7', 'anna', 'writes');
    const again = b.presence.track('document 7', 'anna', 'writes');
    await set.clock.advance(100);
    expect(a.presence.list('document 7')).toEqual([{ key: 'document 7', member: 'anna', data: 'writes', node: 'b' }]);
    anna.update('reads');
    anna.leave();
    anna.leave();
    await set.clock.advance(100);
    expect(a.presence.list()).toHaveLength(1);
    again.leave();
    await set.clock.advance(100);
    expect(a.presence.list()).toEqual([]);
    b.presence.track('document 7', 'otto');
    await set.clock.advance(100);
    const late = await set.create('late');
    await set.clock.advance(3_000);
    expect(late.presence.list('document 7').map(({ member }) => member)).toEqual(['otto']);
    await set.clock.settle(b.stop());
    await set.clock.advance(100);
    expect([a.presence.list(), late.presence.list()]).toEqual([[], []]);
    expect(seen).toEqual([
      'join anna b writes',
      'change anna b writes',
      'change anna b reads',
      'leave anna b reads',
      'join otto b undefined',
      'leave otto b undefined',
    ]);
  });

  it('a node that drains or stops does not wait for nodes that read its members', async () => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    a.presence.track('page', 'ada');
    await set.clock.advance(100);
    expect(b.presence.list('page')).toHaveLength(1);
    await set.clock.settle(a.drain());
    expect(a.unfinished).toBe(0);
    await set.clock.settle(b.stop());
    expect(b.unfinished).toBe(0);
    await set.clock.advance(2_000);
    expect(c.presence.list('page')).toEqual([]);
  });

  it('entries are restored after a lost connection', async () => {
    await using set = mesh();
    const [a, b] = await set.all('a', 'b');
    b.presence.track('x', 'anna');
    await set.clock.advance(100);
    for (const node of [a, b]) loseConnections(node);
    await set.clock.advance(10);
    expect(a.presence.list('x')).toEqual([]);
    await set.clock.advance(10_000);
    expect(a.presence.list('x').map(({ member }) => member)).toEqual(['anna']);
  });

  it('more entries than fit into one message: other nodes see all of them, later ones too', async () => {
    await using set = mesh();
    const [a, b] = await set.all('a', 'b');
    for (let member = 0; member < 600; member += 1) b.presence.track('x', `member ${member}`, 'y'.repeat(30_000));
    const all = async (node: Netron): Promise<void> => {
      while (node.presence.list('x').length < 600) await set.clock.advance(100);
    };
    await all(a);
    await all(await set.create('late'));
  });

  it('a slow reader gets the whole state again, and buffers are bounded', async () => {
    await using set = mesh();
    const [a, b] = await set.all('a', 'b');
    for (let member = 0; member < 3_000; member += 1) b.presence.track('x', `member ${member}`);
    await set.clock.advance(1_000);
    expect(a.presence.list('x')).toHaveLength(3_000);
  });
});

describe('rooms', () => {
  it('refuses a name that is empty, too long, or ends within a character', async () => {
    await using set = mesh();
    const [a] = await set.all('a');
    for (const name of ['', 'x'.repeat(129), 'half \ud800']) expect(() => a.rooms.join(name, 'anna')).toThrow(RangeError);
  });

  it('a member of a disconnected peer cannot join, because it would never leave', async () => {
    await using set = mesh();
    const [a] = await set.all('a');
    for (const state of ['closed', 'suspended'] as const) {
      const gone = { state, link: undefined, once: () => () => {} };
      expect(await failure(() => a.rooms.join('lobby', 'anna', { peer: gone }))).toMatchObject({ code: 'unavailable' });
    }
    // A session keeps its link while it has no connection.
    a.rooms.join('lobby', 'anna', { peer: { state: 'suspended', link: {}, once: () => () => {} } });
    expect(a.rooms.members('lobby')).toHaveLength(1);
  });

  it('NC-32: events reach the members of a room on every node only', async () => {
    await using set = mesh();
    const [a, b, c] = await set.all('a', 'b', 'c');
    const heard: string[] = [];
    const listener = (who: string) => (event: string, data: unknown) => heard.push(`${who} ${event} ${String(data)}`);
    const leave = a.rooms.join('lobby: one*', 'anna', { listener: listener('anna'), data: { level: 3 } });
    b.rooms.join('lobby: one*', 'otto', { listener: listener('otto') });
    b.rooms.join('other', 'otto', { listener: listener('otto elsewhere') });
    await set.clock.advance(100);
    expect(c.rooms.members('lobby: one*')).toEqual([
      { member: 'anna', data: { level: 3 }, node: 'a' },
      { member: 'otto', data: undefined, node: 'b' },
    ]);
    c.rooms.publish('lobby: one*', 'start', 1);
    a.rooms.publish('lobby: one*', 'move', 2);
    await set.clock.advance(100);
    expect(heard.sort()).toEqual(['anna move 2', 'anna start 1', 'otto move 2', 'otto start 1']);
    leave();
    await set.clock.advance(100);
    expect(c.rooms.members('lobby: one*').map(({ member }) => member)).toEqual(['otto']);
    b.rooms.publish('lobby: one*', 'end');
    await set.clock.advance(100);
    expect(heard.filter((line) => line.includes('end'))).toEqual(['otto end undefined']);
    expect(() => a.rooms.join('', 'anna')).toThrow(RangeError);
  });

  it('a client joins through a service by a function, and leaves with its connection', async () => {
    await using set = mesh();
    const [a, b] = await set.all('a', 'b');
    await a.peer.exposeService(
      defineService({
        name: 'game@1.0.0',
        methods: {
          join(member: string, listener: (event: string, data: unknown) => void) {
            const peer = a.peers.get('player');
            a.rooms.join('game', member, { listener, ...(peer !== undefined && { peer }) });
          },
        },
      }),
    );
    const player = await set.create('player', { events: {}, discovery: false, transports: {} });
    const peer = await player.connect('memory:a');
    const game = await peer.queryInterface<{
      join(member: string, listener: (event: string, data: unknown) => void): Promise<void>;
    }>('game');
    const heard: string[] = [];
    await game.join('anna', (event, data) => void heard.push(`${event} ${String(data)}`));
    await set.clock.advance(100);
    expect(b.rooms.members('game').map(({ member }) => member)).toEqual(['anna']);
    b.rooms.publish('game', 'move', 7);
    await set.clock.advance(100);
    expect(heard).toEqual(['move 7']);
    await peer.disconnect();
    await set.clock.advance(100);
    expect(b.rooms.members('game')).toEqual([]);
  });
});
