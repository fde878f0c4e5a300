/** Results of calls under way as arguments: named, so that both calls go in one round trip. */
import { describe, expect, it } from 'vitest';
import { defineService, type NetronError, ValueTypes, withOptions } from '../../src/index.js';
import { writeCall, writeResult } from '../../src/wire/packets.js';
import { everything, target } from '../hostile/attacked.js';
import { codeOf, Handle, MemoryTransport, visit } from '../hostile/stranger.js';
import { failure, gate, nodes, settled, until } from './nodes.js';

interface User {
  id: number;
  tags: string[];
}

function users() {
  const opened = gate();
  const state = { live: { id: 1, tags: ['a'] } as User, saved: [] as unknown[] };
  const own = defineService({ name: 'own@1.0.0', methods: { hi: () => 'hi' } });
  const service = defineService({
    name: 'users@1.0.0',
    methods: {
      slow: async () => {
        await opened.opened;
        return state.live;
      },
      now: () => state.live,
      own: () => own,
      isOwn: (given: unknown) => given === own,
      fails: async (): Promise<User> => {
        throw new RangeError('no such user');
      },
      odd: () => ({ tags: Symbol('x') }),
      big: () => new Uint8Array(600_000),
      sizes: (...given: readonly Uint8Array[]) => given.map(({ length }) => length),
      save: (value: unknown) => {
        state.saved.push(value);
        return value;
      },
      userOf: ({ user }: { user: User }) => user,
      name: async (user: User) => `user ${user.id}`,
    },
  });
  return { service, state, open: () => opened.open() };
}

type Users = Record<
  'slow' | 'now' | 'own' | 'isOwn' | 'fails' | 'odd' | 'big' | 'sizes' | 'save' | 'name' | 'userOf',
  (...args: unknown[]) => Promise<unknown>
>;

describe('an unawaited result as an argument of the same peer', () => {
  it('both calls reach the callee before the first is answered', async () => {
    const { service, open } = users();
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<Users>('users');
    const saving = r.save({ user: r.slow(), list: [r.slow()] });
    await until(() => pair.back.load.callsRunning === 3);
    expect(pair.back.load.resultsHeld).toBe(2);
    open();
    const user = { id: 1, tags: ['a'] };
    expect(await saving).toEqual({ user, list: [user] });
    await until(() => pair.back.load.resultsHeld === 0);
    expect(pair.peer.load).toMatchObject({ callsSent: 0, callsWaiting: 0 });
  });

  it('is copied for data, and the object itself for services and functions', async () => {
    const { service, state } = users();
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<Users>('users');
    expect(await r.save(r.now())).toEqual(state.live);
    expect(state.saved[0]).toEqual(state.live);
    expect(state.saved[0]).not.toBe(state.live);
    expect(await r.isOwn(r.own())).toBe(true);
  });

  it('can be chained', async () => {
    const { service } = users();
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<Users>('users');
    expect(await r.save([r.name(r.now()), r.save(r.save(5))])).toEqual(['user 1', 5]);
  });

  it('its failure fails the call, which does not run', async () => {
    const { service, state } = users();
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<Users>('users');
    const error = (await failure(r.save({ user: r.fails() }))) as NetronError;
    expect([error.message, error.outcome, state.saved]).toEqual(['no such user', 'not_run', []]);
    expect(await r.save('still here')).toBe('still here');
  });

  it('is awaited first when the callee converts the value that contains it', async () => {
    class Box {
      readonly content: unknown;
      constructor(content: unknown) {
        this.content = content;
      }
    }
    const types = new ValueTypes();
    types.register(Box, {
      encode: ({ content }) => content,
      // Looks at what it is given, at once.
      decode: (data) => new Box(typeof data === 'number' ? data : (data as { user: User }).user.id),
    });
    const { service, state, open } = users();
    const options = { types };
    await using pair = await nodes({ services: [service], server: options, client: options });
    const r = await pair.peer.queryInterface<Users>('users');
    const saving = r.save([new Box({ user: r.slow() }), r.now()]);
    const items = { user: r.now(), async *[Symbol.asyncIterator]() {} };
    expect(await r.userOf(items)).toEqual(state.live);
    open();
    expect(await saving).toEqual([new Box(1), { id: 1, tags: ['a'] }]);
  });

  it('that cannot be copied is an error of the method that returned it', async () => {
    const { service, state } = users();
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<Users>('users');
    const given = r.odd();
    const error = await failure(r.save({ user: given }));
    expect(error).toMatchObject({ code: 'internal', message: 'result.tags is a symbol', outcome: 'not_run' });
    expect([await failure(given), state.saved]).toMatchObject([{ code: 'internal', outcome: 'ran' }, []]);
  });

  it('copies have a common limit', async () => {
    const { service } = users();
    await using pair = await nodes({ services: [service], server: { limits: { message: 1_000_000 } } });
    const r = await pair.peer.queryInterface<Users>('users');
    expect(await r.sizes(r.big())).toEqual([600_000]);
    expect(await failure(r.sizes(r.big(), r.big()))).toMatchObject({ code: 'resource_exhausted' });
  });

  it('a call that is canceled while it waits for a result does not run', async () => {
    const { service, state, open } = users();
    await using pair = await nodes({ services: [service] });
    const r = await pair.peer.queryInterface<Users>('users');
    const cancel = new AbortController();
    const slow = r.slow();
    const saving = failure(withOptions(r, { signal: cancel.signal }).save(slow));
    await until(() => pair.back.load.callsRunning === 2);
    cancel.abort();
    expect(await saving).toMatchObject({ code: 'canceled' });
    await settled();
    open();
    await slow;
    expect(await r.save('next')).toBe('next');
    expect(state.saved).toEqual(['next']);
  });
});

describe('hostile names', () => {
  const member = Object.keys(everything()).indexOf('echo');

  it('a result inside a value that is converted at once fails only that call', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node, { features: ['values', 'results'] });
    const handle = await stranger.query('everything');
    stranger.say((to) => writeCall(to, 900, handle, member, 0x40, undefined, [5]));
    const stream = new Handle(17, [1, 0, { held: new Handle(21, [900]) }]);
    expect(codeOf(await stranger.call(handle, member, [stream]))).toBe('invalid_argument');
    expect((await stranger.call(handle, member, [1])).fields[1]).toBe(1);
    stranger.leave();
  });

  it('an unknown result fails that call only', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node, { features: ['values', 'results'] });
    const handle = await stranger.query('everything');
    expect(codeOf(await stranger.call(handle, member, [new Handle(21, [77])]))).toBe('not_found');
    expect((await stranger.call(handle, member, [1])).fields[1]).toBe(1);
    stranger.say(
      (to) => writeCall(to, 900, handle, member, 0x40, undefined, [5]),
      (to) => writeResult(to, 3, new Handle(21, [900])),
      (to) => writeCall(to, 901, handle, member, 0, undefined, [[new Handle(21, [900]), new Handle(21, [900])]]),
    );
    expect((await stranger.answer(901)).fields[1]).toEqual([5, 5]);
    stranger.leave();
  });
});
