import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/integration/virtual-clock.js';
import {
  defineService,
  idempotency,
  inPlace,
  MemoryIdempotencyStore,
  type Middleware,
  Netron,
  NetronError,
  outcomeOf,
  timeout,
} from '../index.js';
import { deferred } from '../util/deferred.js';

async function setup(window = 1_000) {
  const clock = new VirtualClock();
  const store = new MemoryIdempotencyStore({ clock, most: 3 });
  let ran = 0;
  const gates: ((value: string) => void)[] = [];
  let refuse = false;
  const bank = defineService({
    name: 'bank',
    methods: {
      pay: (amount: number) => {
        ran += 1;
        if (amount < 0) throw new NetronError('failed_precondition', `no ${ran}`);
        return `paid ${ran}`;
      },
      wait: () => {
        ran += 1;
        return new Promise<string>((resolve) => gates.push(resolve));
      },
    },
    middleware: [
      (next) => (call) => {
        if (refuse) throw new NetronError('resource_exhausted', 'too many');
        return next(call);
      },
    ],
  });
  const node = await Netron.create({ logLevel: 'error', middleware: { incoming: [idempotency({ store, window })] } });
  await node.peer.exposeService(bank);
  const caller = (id: string, identity?: unknown) => ({ id, identity, transport: 'test' });
  const call = (method: 'pay' | 'wait', args: unknown[], key?: string, who = caller('a'), signal?: AbortSignal) =>
    node.dispatch({
      service: 'bank',
      method,
      args,
      caller: who,
      ...(key !== undefined && { idempotencyKey: key }),
      ...(signal !== undefined && { signal }),
    });
  return {
    clock,
    store,
    node,
    call,
    caller,
    gates,
    ran: () => ran,
    refuse: (on: boolean) => {
      refuse = on;
    },
  };
}

describe('idempotency', () => {
  it.each([
    [{ id: 42 }, { id: 43 }],
    [{ name: 'ada' }, { name: 'eve' }],
    [
      { userId: 'ada', tenant: 'a' },
      { userId: 'ada', tenant: 'b' },
    ],
    [42, '42'],
  ])('keys of users are their own, wherever they call from: %j, %j', async (ada, eve) => {
    const { node, call, caller } = await setup();
    // Callers of HTTP have the id of their address: both come through one proxy.
    expect(await call('pay', [1], 'k', caller('proxy', ada))).toBe('paid 1');
    expect(await call('pay', [1], 'k', caller('proxy', eve))).toBe('paid 2');
    expect(await call('pay', [1], 'k', caller('elsewhere', ada))).toBe('paid 1');
    await node.stop();
  });

  it('keys of a caller whose identity cannot be distinguished are refused', async () => {
    const { node, call, caller, ran } = await setup();
    const hidden = new Map([['id', 'ada']]);
    await expect(call('pay', [1], 'k', caller('a', hidden))).rejects.toMatchObject({ code: 'failed_precondition' });
    expect([ran(), await call('pay', [1], undefined, caller('a', hidden))]).toEqual([0, 'paid 1']);
    await node.stop();
  });

  it('a store forgets each key after its own window, and has room then', async () => {
    const clock = new VirtualClock();
    const store = new MemoryIdempotencyStore({ clock, most: 3 });
    for (const [key, window] of [
      ['long', 3_600_000],
      ['short', 1_000],
      ['other', 1_000],
    ] as const) {
      await store.begin(key, window);
      await store.keep(key, { ok: true, value: key }, window);
    }
    await expect(store.begin('more', 1_000)).rejects.toMatchObject({ code: 'resource_exhausted' });
    await clock.advance(1_001);
    expect(await store.begin('short', 1_000)).toBeUndefined();
    expect(await store.begin('long', 3_600_000)).toMatchObject({ value: 'long' });
    expect(store.size).toBe(2);
  });

  it('a store holds nothing for a canceled repeat', async () => {
    const store = new MemoryIdempotencyStore();
    await store.begin('k', 1_000);
    const given = new AbortController();
    const [left, stays] = [store.begin('k', 1_000, undefined, given.signal), store.begin('k', 1_000)];
    given.abort('no more');
    await expect(left).rejects.toBe('no more');
    await store.keep('k', { ok: true, value: 'done' }, 1_000);
    expect(await stays).toMatchObject({ value: 'done' });
  });

  it('F2: runs a call with a key once and answers every repetition with its result or error', async () => {
    const { node, call, ran } = await setup();
    expect(await call('pay', [1], 'k')).toBe('paid 1');
    expect(await call('pay', [1], 'k')).toBe('paid 1');
    await expect(call('pay', [-1], 'e')).rejects.toThrow('no 2');
    await expect(call('pay', [-1], 'e')).rejects.toThrow('no 2');
    expect(await call('pay', [1])).toBe('paid 3');
    expect(await call('pay', [1])).toBe('paid 4');
    expect(ran()).toBe(4);
    await node.stop();
  });

  it('a repeat reports the outcome of the first call', async () => {
    const { node, call, caller, store, refuse } = await setup();
    const outcomeAt = (made: Promise<unknown>) => made.then(() => expect.unreachable(), outcomeOf);
    expect(await outcomeAt(call('pay', [-1], 'e'))).toBe('ran');
    expect(await outcomeAt(call('pay', [-1], 'e'))).toBe('ran');
    // The repeat itself is refused: no method has run for it.
    expect(await outcomeAt(call('pay', [-2], 'e'))).toBe('not_run');
    refuse(true);
    expect(await outcomeAt(call('pay', [-1], 'new'))).toBe('not_run');
    refuse(false);
    const lost = (error: NetronError) => {
      store.begin = () => Promise.reject(error);
    };
    lost(new NetronError('unknown_outcome', 'the node that ran this call is gone'));
    expect(await outcomeAt(call('pay', [-1], 'e', caller('b')))).toBe('unknown');
    lost(new NetronError('unavailable', 'the store is down'));
    expect(await outcomeAt(call('pay', [-1], 'e', caller('b')))).toBe('not_run');
    await node.stop();
  });

  it('a repeat over a connection gets the same error as the first call', async () => {
    const { node } = await setup();
    await using server = await Netron.create({ listenPort: 0, logLevel: 'error', middleware: { incoming: [idempotency()] } });
    const fails = () => {
      throw new NetronError('failed_precondition', 'no');
    };
    await server.peer.exposeService(defineService({ name: 'fails', methods: { fails } }));
    const peer = await node.connect(server.addresses[0] as string);
    const call = () => peer.call('fails', 'fails', [], { idempotencyKey: 'k' });
    for (let times = 0; times < 2; times++)
      await expect(call()).rejects.toMatchObject({ code: 'failed_precondition', outcome: 'ran' });
    await node.stop();
  });

  it('a repeat that is canceled while the first call runs does not report not_run', async () => {
    const { node, call, gates, ran } = await setup();
    const first = call('wait', [], 'k');
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const controller = new AbortController();
    const second = call('wait', [], 'k', undefined, controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: 'canceled', outcome: 'unknown' });
    gates[0]?.('done');
    expect([await first, ran()]).toEqual(['done', 1]);
    await node.stop();
  });

  it('a repeat of a call that was canceled while its method ran reports an unknown outcome', async () => {
    const clock = new VirtualClock();
    const stuck = defineService({ name: 'stuck', methods: { wait: () => new Promise<void>(() => {}) } });
    const incoming = [idempotency(), inPlace('policy', timeout(10, clock))];
    await using node = await Netron.create({ logLevel: 'error', stopTimeout: 0, middleware: { incoming } });
    await node.peer.exposeService(stuck);
    const caller = { id: 'a', identity: undefined, transport: 'test' };
    const wait = () => node.dispatch({ service: 'stuck', method: 'wait', caller, idempotencyKey: 'k' });
    const first = wait();
    const late = { code: 'deadline_exceeded', outcome: 'unknown' };
    const failed = expect(first).rejects.toMatchObject(late);
    await clock.advance(10);
    await failed;
    await expect(wait()).rejects.toMatchObject(late);
  });

  it('F2: concurrent repetitions wait for the first call', async () => {
    const { node, call, ran, gates } = await setup();
    const all = [call('wait', [], 'k'), call('wait', [], 'k'), call('wait', [], 'k')];
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gates[0]?.('done');
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
    expect(ran()).toBe(1);
    await node.stop();
  });

  it('a key belongs to one caller and one method', async () => {
    const { node, call, caller, ran } = await setup();
    await call('pay', [1], 'k', caller('a', { id: 'ada' }));
    await call('pay', [1], 'k', caller('b', { id: 'ada' }));
    expect(ran()).toBe(1);
    await call('pay', [1], 'k', caller('a', { id: 'bob' }));
    await call('pay', [1], 'k', caller('c'));
    expect(ran()).toBe(3);
    await node.stop();
  });

  it('a call that was refused before the method began may be repeated with its key', async () => {
    const { node, call, refuse, ran, store } = await setup();
    refuse(true);
    await expect(call('pay', [1], 'k')).rejects.toThrow('too many');
    expect(store.size).toBe(0);
    refuse(false);
    expect(await call('pay', [1], 'k')).toBe('paid 1');
    expect(ran()).toBe(1);
    await node.stop();
  });

  it('keys are forgotten after the window and bounded in number', async () => {
    const { node, call, clock, store } = await setup(1_000);
    for (const key of ['a', 'b', 'c']) await call('pay', [1], key);
    await expect(call('pay', [1], 'd')).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterMs: 1_000 });
    clock.sleep(1_001);
    expect(await call('pay', [1], 'd')).toBe('paid 4');
    expect(store.size).toBe(1);
    expect(await call('pay', [1], 'a')).toBe('paid 5');
    await node.stop();
  });

  it('refuses a key of more than 256 characters, and keeps nothing of it', async () => {
    const { node, call, ran, store } = await setup();
    await expect(call('pay', [1], 'k'.repeat(257))).rejects.toMatchObject({ code: 'invalid_argument' });
    expect([ran(), store.size]).toEqual([0, 0]);
    expect(await call('pay', [1], 'k'.repeat(256))).toBe('paid 1');
    await node.stop();
  });

  it('refuses a key with other arguments and runs nothing', async () => {
    const { call, ran } = await setup();
    expect(await call('pay', [5], 'k')).toBe('paid 1');
    await expect(call('pay', [6], 'k')).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await call('pay', [5], 'k')).toBe('paid 1');
    expect(ran()).toBe(1);
  });

  it('answers the caller when the outcome cannot be stored', async () => {
    const { call, store } = await setup();
    store.keep = () => Promise.reject(new NetronError('unavailable', 'the store is down'));
    expect(await call('pay', [5], 'k')).toBe('paid 1');
  });

  it('F2: a call that is canceled before its method begins leaves its key unused', async () => {
    const store = new MemoryIdempotencyStore();
    const arrived = deferred<void>();
    const held = deferred<void>();
    let ran = 0;
    const bank = defineService({ name: 'bank', methods: { pay: () => (ran += 1) } });
    const slow: Middleware = (next) => async (call) => {
      arrived.resolve();
      await held.promise;
      return next(call);
    };
    const incoming = [slow, idempotency({ store })];
    await using node = await Netron.create({ logLevel: 'error', stopTimeout: 0, middleware: { incoming } });
    await node.peer.exposeService(bank);
    const caller = { id: 'a', identity: undefined, transport: 'test' };
    const pay = (signal?: AbortSignal) =>
      node.dispatch({ service: 'bank', method: 'pay', caller, idempotencyKey: 'k', ...(signal && { signal }) });
    const controller = new AbortController();
    const first = pay(controller.signal);
    await arrived.promise;
    controller.abort();
    held.resolve();
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
    expect([await pay(), await pay(), ran]).toEqual([1, 1, 1]);
  });

  it('F2: a call that is canceled while the store is asked for its key gives the key back', async () => {
    const { call, store, node, ran } = await setup();
    const asked = deferred<void>();
    const answers = deferred<void>();
    const begin = store.begin.bind(store);
    store.begin = async (...args) => {
      asked.resolve();
      await answers.promise;
      return begin(...args);
    };
    const controller = new AbortController();
    const first = call('pay', [1], 'k', undefined, controller.signal);
    await asked.promise;
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
    answers.resolve();
    expect([await call('pay', [1], 'k'), ran()]).toEqual(['paid 1', 1]);
    await node.stop();
  });
});
