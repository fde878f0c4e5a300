import { defineService, idempotency, Netron, NetronError, type NetronOptions } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { KeyRing } from '../../netron-auth/src/index.js';
import { RedisState, type RedisStateOptions } from '../src/index.js';
import { patience, redisServer } from './redis-server.js';

const server = await redisServer();
const redis = new Redis(server.url);
redis.on('error', () => {});
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await redis.call('CLIENT', 'UNPAUSE');
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await server.kill();
});

interface Effects {
  ran: number;
  readonly gates: ((value: string) => void)[];
}

/** A node that takes payments, and stores the keys of its calls in Redis. */
async function bank(effects: Effects, options: RedisStateOptions = {}, nodeOptions: NetronOptions = {}) {
  const state = new RedisState(server.url, { timeout: patience, ...options });
  const node = await Netron.create({
    ...nodeOptions,
    logLevel: 'silent',
    middleware: { incoming: [idempotency({ store: state.idempotency, window: 60_000 })] },
  });
  ends.push(() => state.close());
  ends.push(() => node.stop({ timeout: 0 }));
  await node.peer.exposeService(
    defineService({
      name: 'bank@1.0.0',
      methods: {
        pay(amount: number) {
          effects.ran += 1;
          if (amount < 0) throw new NetronError('failed_precondition', `no ${effects.ran}`, { details: { amount } });
          return { paid: effects.ran, at: new Date(5), of: new Map([['cents', 100n]]) };
        },
        wait: () => {
          effects.ran += 1;
          return new Promise<string>((resolve) => effects.gates.push(resolve));
        },
      },
    }),
  );
  const call = (method: string, args: unknown[], key = 'k', id = 'ann'): Promise<unknown> => {
    const caller = { id, identity: undefined, transport: 'test' };
    return node.dispatch({ service: 'bank', method, args, caller, idempotencyKey: key });
  };
  return { node, state, call };
}

const effects = (): Effects => ({ ran: 0, gates: [] });

describe('F2: idempotency keys in Redis', () => {
  it('a call with a key runs once, whichever node receives it, and has one answer, even an error', async () => {
    const seen = effects();
    const [one, other] = [await bank(seen), await bank(seen)];
    const answer = await one.call('pay', [5]);
    expect(answer).toEqual({ paid: 1, at: new Date(5), of: new Map([['cents', 100n]]) });
    expect(await other.call('pay', [5])).toEqual(answer);
    const failed = { code: 'failed_precondition', message: 'no 2', details: { amount: -1 } };
    await expect(one.call('pay', [-1], 'e')).rejects.toMatchObject(failed);
    await expect(other.call('pay', [-1], 'e')).rejects.toMatchObject(failed);
    await expect(other.call('pay', [-1], 'e')).rejects.toBeInstanceOf(NetronError);
    // For another caller, and without a key, it is another call.
    expect(await other.call('pay', [5], 'k', 'bob')).toMatchObject({ paid: 3 });
    expect(seen.ran).toBe(3);
  });

  it('repeated calls at other nodes wait for the first', async () => {
    const seen = effects();
    const nodes = [await bank(seen), await bank(seen), await bank(seen)];
    const calls = nodes.map(({ call }) => call('wait', []));
    await expect.poll(() => seen.gates.length).toBe(1);
    seen.gates[0]?.('done');
    expect(await Promise.all(calls)).toEqual(['done', 'done', 'done']);
    expect(seen.ran).toBe(1);
    expect(nodes.map(({ state }) => state.idempotency.size)).toEqual([0, 0, 0]);
  });

  it('1,000 calls of 100 keys at three nodes at once: 100 effects', async () => {
    const seen = effects();
    const nodes = [await bank(seen), await bank(seen), await bank(seen)];
    const calls = Array.from({ length: 1_000 }, (_, at) => nodes[at % 3]!.call('pay', [at % 100], `key ${at % 100}`));
    const answers = (await Promise.all(calls)) as { paid: number }[];
    expect(seen.ran).toBe(100);
    for (const [at, { paid }] of answers.entries()) expect(paid).toBe(answers[at % 100]!.paid);
  });

  it('a key with other arguments is refused', async () => {
    const seen = effects();
    const [one, other] = [await bank(seen), await bank(seen)];
    await one.call('pay', [5]);
    await expect(other.call('pay', [6])).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(seen.ran).toBe(1);
  });

  it('when the node that ran a call is gone, the outcome is unknown', async () => {
    const seen = effects();
    const [one, other] = [await bank(seen), await bank(seen)];
    void one.call('wait', []).catch(() => {});
    await expect.poll(() => seen.gates.length).toBe(1);
    // As after a kill: it does not renew the lease of the call any more.
    await one.state.idempotency.close();
    const [lease] = await redis.keys('*:l:*');
    expect(await redis.pttl(lease!)).toBeLessThanOrEqual(10_000);
    await redis.del(lease!);
    await expect(other.call('wait', [])).rejects.toMatchObject({ code: 'unknown_outcome' });
    expect(seen.ran).toBe(1);
  });

  it('a call that was refused before it started leaves no trace', async () => {
    const state = new RedisState(server.url, { timeout: patience });
    ends.push(() => state.close());
    expect(await state.idempotency.begin('k', 60_000)).toBeUndefined();
    await state.idempotency.forget('k');
    expect(await redis.keys('*')).toEqual([]);
    expect(await state.idempotency.begin('k', 60_000)).toBeUndefined();
    await state.idempotency.keep('k', { ok: true, value: 1 }, 60_000);
    expect(await state.idempotency.begin('k', 60_000)).toEqual({ ok: true, value: 1 });
    const [key] = await redis.keys('*');
    expect(await redis.pttl(key!)).toBeGreaterThan(50_000);
  });

  it('stored outcomes can be sealed: write access to Redis does not allow answering calls', async () => {
    const seen = effects();
    const seal = new KeyRing([{ id: '1', key: 'x'.repeat(32) }]);
    const [one, other] = [await bank(seen, { seal }), await bank(seen, { seal })];
    await one.call('pay', [5]);
    expect(await other.call('pay', [5])).toMatchObject({ paid: 1 });
    const [key] = await redis.keys('*:c:*');
    expect(await redis.hget(key!, 'o')).not.toContain('paid');
    await redis.hset(key!, 'o', '{"v":{"value":{"paid":99}}}');
    await expect(other.call('pay', [5])).rejects.toMatchObject({ code: 'unknown_outcome' });
    expect(seen.ran).toBe(1);
  });

  it('while Redis does not answer, calls with a key do not run', async () => {
    const seen = effects();
    const state = new RedisState('redis://127.0.0.1:1', { timeout: 100 });
    ends.push(() => state.close());
    await expect(state.idempotency.begin('k', 1_000)).rejects.toMatchObject({ code: 'unavailable' });
    expect(seen.ran).toBe(0);
  });

  /** Redis answers no request until this ends: it has read the requests, and executes them then. */
  const silence = async (): Promise<() => Promise<unknown>> => {
    await redis.call('CLIENT', 'PAUSE', 600_000, 'WRITE');
    return () => redis.call('CLIENT', 'UNPAUSE');
  };
  const storeOf = async (options: RedisStateOptions = {}) => {
    const state = new RedisState(server.url, { timeout: patience, ...options });
    ends.push(() => state.close());
    // It is connected.
    await state.results.health();
    return { state, store: state.idempotency };
  };

  it('a key that Redis granted after its node had given up is released: another node runs the call', async () => {
    const [one, other] = [await storeOf({ timeout: 200 }), await storeOf()];
    const speak = await silence();
    await expect(one.store.begin('k', 60_000)).rejects.toMatchObject({ code: 'unavailable' });
    await speak();
    // Nobody waits for the turn of the first one.
    await expect(other.store.begin('k', 60_000)).resolves.toBeUndefined();
    await other.store.keep('k', { ok: true, value: 1 }, 60_000);
    await expect.poll(() => one.store.begin('k', 60_000)).toEqual({ ok: true, value: 1 });
  });

  it.each(['kept', 'forgotten'] as const)('a call that is %s while Redis does not answer is so when it does', async (end) => {
    const one = await storeOf({ timeout: 200 });
    // On a busy machine, the first answer may be late as well.
    await expect.poll(() => one.store.begin('k', 60_000)).toBeUndefined();
    const speak = await silence();
    const told = end === 'kept' ? one.store.keep('k', { ok: true, value: 1 }, 60_000) : one.store.forget('k');
    await expect(told).rejects.toMatchObject({ code: 'unavailable' });
    // It has never reached Redis.
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await speak();
    const other = await storeOf();
    expect(await other.store.begin('k', 60_000)).toEqual(end === 'kept' ? { ok: true, value: 1 } : undefined);
  });

  it('a closing state first sends its outcomes, and releases keys that it has just requested', async () => {
    const [one, other] = [await storeOf({ timeout: 200 }), await storeOf()];
    // On a busy machine, the first answer may be late as well.
    await expect.poll(() => one.store.begin('k', 60_000)).toBeUndefined();
    const speak = await silence();
    await expect(one.store.keep('k', { ok: true, value: 1 }, 60_000)).rejects.toMatchObject({ code: 'unavailable' });
    await speak();
    await one.state.close();
    expect(await redis.keys('*:l:*')).toEqual([]);
    expect(await other.store.begin('k', 60_000)).toEqual({ ok: true, value: 1 });
    const begun = other.store.begin('asked', 60_000);
    await Promise.all([other.state.close(), expect(begun).rejects.toMatchObject({ code: 'unavailable' })]);
    expect(await redis.keys('*:l:*')).toEqual([]);
    expect(await (await storeOf()).store.begin('asked', 60_000)).toBeUndefined();
  });

  it('a key with a short window is remembered as long as its call runs, and for its window afterwards', async () => {
    const { store } = await storeOf();
    const lives = async () => redis.pttl((await redis.keys('*:c:*'))[0] as string);
    await expect.poll(() => store.begin('short', 200)).toBeUndefined();
    // Ten seconds longer than the lease of the call, with which it is renewed: a repeated call learns that no node runs it any more.
    expect(await lives()).toBeGreaterThan(15_000);
    await store.keep('short', { ok: true, value: 1 }, 200);
    expect(await lives()).toBeLessThanOrEqual(200);
  });

  it('nothing of a state opens a connection after that was closed', async () => {
    const { state } = await storeOf();
    const other = await storeOf();
    const { results } = state;
    const limiter = state.limiter({ limit: 1, window: 1_000 });
    // Another node computes it.
    await expect.poll(() => other.state.results.get('made', [])).toHaveProperty('ticket');
    const own = await results.get('own', []);
    const waits = expect(results.get('made', [])).rejects.toMatchObject({ code: 'unavailable' });
    await state.close();
    await waits;
    const opened = async () => (await redis.info('stats')).match(/total_connections_received:(\d+)/)?.[1];
    const before = await opened();
    const { ticket } = own as { readonly ticket: string };
    for (const use of [
      () => results.get('own', []),
      () => results.release('own', ticket),
      () => results.set('own', 'text', 60_000, [], 'a ticket'),
      () => results.invalidate(['t']),
      () => limiter.checkLimit('k'),
    ])
      await expect(use()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await results.health()).toEqual({ healthy: false, message: 'Redis is not available: the connection was closed' });
    expect(await opened()).toBe(before);
  });

  it('a call that ends after its state is closed opens no connection', async () => {
    const { state, store } = await storeOf();
    for (const key of ['kept', 'forgotten']) await expect.poll(() => store.begin(key, 60_000)).toBeUndefined();
    await state.close();
    const opened = async () => (await redis.info('stats')).match(/total_connections_received:(\d+)/)?.[1];
    const before = await opened();
    await store.keep('kept', { ok: true, value: 1 }, 60_000);
    await store.forget('forgotten');
    expect(await opened()).toBe(before);
  });

  it.each([
    ['without a session', false],
    ['with a session', true],
  ])(
    'a call whose connection is lost, %s, is finished when its node has stopped: a repetition elsewhere gets its answer',
    async (_, session) => {
      const seen = effects();
      const one = await bank(seen, {}, { transports: { tcp: { port: 0 } } });
      const other = await bank(seen);
      const ann = await Netron.create({ id: 'ann', logLevel: 'silent', reconnectDelay: 60_000 });
      ends.push(() => ann.stop({ timeout: 0 }));
      const peer = await ann.connect(one.node.addresses[0] as string, { session });
      const first = peer.call('bank', 'wait', [], { idempotencyKey: 'k' }).catch(({ code }: NetronError) => code);
      await expect.poll(() => seen.gates.length).toBe(1);
      peer.link?.connection.terminate();
      const closed = one.node.stop({ timeout: 60_000 }).then(() => one.state.close());
      // The repeated call waits for the first one.
      const repeated = other.call('wait', []);
      for (let turn = 0; turn < 200; turn += 1) await redis.ping();
      seen.gates[0]?.('done');
      await closed;
      expect([await repeated, await other.call('wait', []), seen.ran]).toEqual(['done', 'done', 1]);
      await ann.stop({ timeout: 0 });
      expect(await first).toMatch(/unknown_outcome|unavailable/);
    },
  );

  it('a key whose caller no longer waits is released before its state is closed', async () => {
    const { state, store } = await storeOf();
    const gone = new AbortController();
    const begun = store.begin('k', 60_000, '', gone.signal);
    gone.abort(new Error('gone'));
    await Promise.all([state.close(), expect(begun).rejects.toThrow('gone')]);
    expect(await redis.keys('*')).toEqual([]);
  });

  it('a lease that a busy process renews late is its own again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const [one, other] = [await storeOf(), await storeOf()];
      await one.store.begin('k', 60_000);
      const [lease] = await redis.keys('*:l:*');
      await redis.del(lease!);
      await expect(other.store.begin('k', 60_000)).rejects.toMatchObject({ code: 'unknown_outcome' });
      vi.advanceTimersByTime(2_500);
      await expect.poll(() => redis.exists(lease!)).toBe(1);
      const repeated = other.store.begin('k', 60_000);
      await one.store.keep('k', { ok: true, value: 1 }, 60_000);
      expect(await repeated).toEqual({ ok: true, value: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('a call whose result cannot be written has run: repeated calls learn that at once', async () => {
    const [one, other] = [await storeOf(), await storeOf()];
    await one.store.begin('k', 60_000);
    await one.store.keep('k', { ok: true, value: () => 1 }, 60_000);
    const known = await other.store.begin('k', 60_000);
    expect(known).toMatchObject({
      ok: false,
      error: { code: 'unknown_outcome', message: expect.stringContaining('the call ran') },
    });
  });
});
