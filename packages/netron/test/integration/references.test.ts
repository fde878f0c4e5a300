import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { defineService, keep, MemoryTransport, Netron, Public, Service } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';

type Callback = ((...args: unknown[]) => Promise<unknown>) & Disposable;

@Service('room@1.0.0')
class Room {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  @Public() title(): string {
    return this.name;
  }
  @Public() rename(name: string): string {
    (this as { name: string }).name = name;
    return name;
  }
}

function hub() {
  const rooms = new Map<string, Room>();
  const kept: Callback[] = [];
  const state = { rooms, kept, late: undefined as Callback | undefined, last: undefined as unknown, wait: gate() };
  const service = defineService({
    name: 'hub@1.0.0',
    methods: {
      async batch(items: number[], each: (item: number) => unknown) {
        const out: unknown[] = [];
        for (const item of items) out.push(await each(item));
        return out;
      },
      async borrow(callback: Callback) {
        state.late = callback;
        await callback('during');
      },
      async hold(callback: Callback) {
        kept.push(keep(callback));
      },
      async useTwice(callback: Callback, other: Callback) {
        using _first = callback;
        return callback === other;
      },
      async usingThenWait(callback: Callback, first: boolean) {
        if (first) {
          using _own = callback;
          return callback('first');
        }
        await state.wait.opened;
        return callback('second');
      },
      room(name: string) {
        const room = rooms.get(name) ?? new Room(name);
        rooms.set(name, room);
        return room;
      },
      fresh: (name: string) => new Room(name),
      adder: (by: number) => (value: number) => value + by,
      same: (given: unknown) => {
        state.last = given;
        return given;
      },
      isRoom: (given: unknown) => given instanceof Room && rooms.get(given.name) === given,
      async titleOf(given: { title(): Promise<string> }) {
        return given.title();
      },
      nested: () => ({ list: [new Room('a'), { fn: () => 'called' }] }),
      throws: (callback: Callback) => callback(),
      quick: () => 1,
    },
  });
  return { state, service };
}
type Hub = ReturnType<typeof hub>['service'];

describe.each(transports)('references over %s', (transport) => {
  it('SV-36, 53: functions and service objects as arguments are called from the other side', async () => {
    const { service } = hub();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    expect(await remote.batch([1, 2, 3], async (item) => item * 10)).toEqual([10, 20, 30]);
    expect(await remote.titleOf(new Room('mine') as never)).toBe('mine');
    const problem = await failure(
      remote.batch([1], () => {
        throw new RangeError('too far');
      }),
    );
    expect(problem).toMatchObject({ name: 'RangeError', message: 'too far' });
  });

  it('functions and service objects as results, also inside of data', async () => {
    const { state, service } = hub();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    const add = await remote.adder(5);
    expect(await add(1)).toBe(6);
    const room = await remote.room('red');
    expect(await room.title()).toBe('red');
    expect(await room.rename('blue')).toBe('blue');
    expect(state.rooms.get('red')?.name).toBe('blue');
    const { list } = (await remote.nested()) as never as { list: [Room, { fn(): Promise<string> }] };
    expect(await list[0].title()).toBe('a');
    expect(await list[1].fn()).toBe('called');
    expect(await failure((room as unknown as { name: Promise<string> }).name)).toBeInstanceOf(Error);
  });

  it('identity: an object arrives as the same object, and as the original when it is sent back', async () => {
    const { state, service } = hub();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    expect(await remote.room('red')).toBe(await remote.room('red'));
    expect(await remote.room('red')).not.toBe(await remote.room('green'));
    expect(await remote.isRoom(await remote.room('red'))).toBe(true);
    const own = () => 'own';
    expect(await remote.same(own as never)).toBe(own);
    const mine = new Room('mine');
    expect(await remote.same(mine)).toBe(mine);
    expect(state.last).not.toBe(mine);
    const same = () => 1;
    expect(await remote.useTwice(same as never, same as never)).toBe(true);
  });

  it('ruling 28: references of a call are released with it unless kept; using releases', async () => {
    const { state, service } = hub();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    const heard: unknown[] = [];
    const listener = ((...args: unknown[]) => void heard.push(...args)) as never;
    await remote.borrow(listener);
    await remote.quick();
    expect(heard).toEqual(['during']);
    expect(await failure(state.late?.('after') as Promise<unknown>)).toMatchObject({ code: 'failed_precondition' });
    const base = pair.peer.link?.exports.size;
    await remote.hold(listener);
    const [kept] = state.kept as [Callback];
    await kept('later');
    expect(heard).toEqual(['during', 'later']);
    expect(pair.peer.link?.exports.size).toBe((base ?? 0) + 1);
    kept[Symbol.dispose]();
    await until(() => pair.peer.link?.exports.size === base);
    expect(await failure(kept('gone'))).toMatchObject({ code: 'failed_precondition' });
  });

  it('55: two calls that hold the same function do not release it for each other', async () => {
    const { state, service } = hub();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    const callback = (async (text: string) => text) as never;
    const second = remote.usingThenWait(callback, false);
    expect(await remote.usingThenWait(callback, true)).toBe('first');
    state.wait.open();
    expect(await second).toBe('second');
    await until(() => pair.peer.link?.exports.size === 0);
  });

  it('54: a result is released by using, at both ends', async () => {
    const { service } = hub();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    const base = pair.back.link?.exports.size as number;
    {
      using room = await remote.fresh('x');
      expect(await room.title()).toBe('x');
      expect(pair.back.link?.exports.size).toBe(base + 1);
    }
    await until(() => pair.back.link?.exports.size === base);
    const room = await remote.fresh('y');
    await pair.peer.disconnect();
    expect(await failure(room.title())).toMatchObject({ code: expect.stringMatching(/unavailable|failed_precondition/) });
  });
});

describe('B4, B11, 54: references are counted', () => {
  it('counts return to zero after 10,000 cycles each way', async () => {
    const { service } = hub();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    const before = { near: pair.peer.link?.exports.size, far: pair.back.link?.exports.size, held: pair.peer.link?.imports.size };
    for (let round = 0; round < 100; round += 1) {
      const rooms = await Promise.all(Array.from({ length: 100 }, () => remote.fresh('x')));
      for (const room of rooms) (room as unknown as Disposable)[Symbol.dispose]();
      await Promise.all(Array.from({ length: 100 }, (_, number) => remote.batch([number], (item) => item)));
    }
    await settled();
    expect({
      near: pair.peer.link?.exports.size,
      far: pair.back.link?.exports.size,
      held: pair.peer.link?.imports.size,
    }).toEqual(before);
  });

  it('unreferenced ones are released when they are collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { service } = hub();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    const base = pair.back.link?.exports.size as number;
    await Promise.all(Array.from({ length: 200 }, () => remote.fresh('x')));
    expect(pair.back.link?.exports.size).toBe(base + 200);
    expect(await remote.quick()).toBe(1);
    await until(() => {
      collect();
      return pair.back.link?.exports.size === base;
    });
    expect(await remote.quick()).toBe(1);
  });

  it('too many are resource_exhausted in both directions, and a refused call leaves nothing behind', async () => {
    const { service } = hub();
    const limits = { handles: 10 };
    await using pair = await nodes({ services: [service], server: { limits }, client: { limits } });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    for (let number = 0; number < 10; number += 1) await remote.hold((() => number) as never);
    const tooMany = [() => 1, () => 2] as never as [() => number];
    expect(await failure(remote.hold(...tooMany))).toMatchObject({ code: 'resource_exhausted' });
    expect(await failure(remote.same(tooMany))).toMatchObject({ code: 'resource_exhausted' });
    expect(pair.peer.link?.exports.size).toBe(10);
    const rooms: unknown[] = [];
    for (let number = 0; number < 10; number += 1) rooms.push(await remote.fresh(String(number)));
    expect(await failure(remote.fresh('one too many'))).toMatchObject({ code: 'resource_exhausted' });
    expect(pair.back.link?.exports.size).toBe(10);
    expect(rooms).toHaveLength(10);
    expect(await remote.quick()).toBe(1);
  });

  it('an unsent call leaves no references behind', async () => {
    const { service } = hub();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Hub>('hub');
    for (let round = 0; round < 100; round += 1) await failure(remote.same([() => 1, Symbol('no')]));
    expect(pair.peer.link?.exports.size).toBe(0);
    expect(await failure(pair.peer.call('hub', 'nothing', [() => 1]))).toMatchObject({ code: 'not_found' });
  });
});

describe('third parties', () => {
  it('a forwarded reference is called through the forwarding node while any node holds it', async () => {
    const memory = new MemoryTransport();
    const node = (id: string) =>
      Netron.create({ id, logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: id } } });
    await using owner = await node('owner');
    await using middle = await node('middle');
    await using user = await node('user');
    const far = hub();
    await user.peer.exposeService(far.service);
    const toUser = await (await middle.connect('memory:user')).queryInterface<Hub>('hub');
    await middle.peer.exposeService(
      defineService({
        name: 'relay@1.0.0',
        methods: {
          pass: async (callback: Callback) => toUser.hold(callback as never),
          room: async (name: string) => toUser.fresh(name),
        },
      }),
    );
    const peer = await owner.connect('memory:middle');
    const relay = await peer.queryInterface<{
      pass(callback: (text: string) => unknown): Promise<void>;
      room(name: string): Promise<Room & Disposable>;
    }>('relay');
    const heard: string[] = [];
    await relay.pass((text) => heard.push(text));
    await settled();
    const [kept] = far.state.kept as [Callback];
    await kept('through two nodes');
    expect(heard).toEqual(['through two nodes']);
    kept[Symbol.dispose]();
    await until(() => peer.link?.exports.size === 0);
    const room = await relay.room('far');
    expect(await room.title()).toBe('far');
  });
});
