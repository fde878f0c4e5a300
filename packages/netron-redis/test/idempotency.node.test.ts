import { defineService, idempotency, Netron, NetronError } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { KeyRing } from '../../netron-auth/src/index.js';
import { RedisState, type RedisStateOptions } from '../src/index.js';
import { patience, redisServer } from './redis-server.js';

const server = await redisServer();
const redis = new Redis(server.url);
redis.on('error', () => {});
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
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

/** A node that takes payments, and keeps the keys of its calls in Redis. */
async function bank(effects: Effects, options: RedisStateOptions = {}) {
  const state = new RedisState(server.url, { timeout: patience, ...options });
  const node = await Netron.create({
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
  it('a call with a key runs once, whichever node it comes to, and has one answer, be that an error', async () => {
    const seen = effects();
    const [one, other] = [await bank(seen), await bank(seen)];
    const answer = await one.call('pay', [5]);
    expect(answer).toEqual({ paid: 1, at: new Date(5), of: new Map([['cents', 100n]]) });
    expect(await other.call('pay', [5])).toEqual(answer);
    const failed = { code: 'failed_precondition', message: 'no 2', details: { amount: -1 } };
    await expect(one.call('pay', [-1], 'e')).rejects.toMatchObject(failed);
    await expect(other.call('pay', [-1], 'e')).rejects.toMatchObject(failed);
    await expect(other.call('pay', [-1], 'e')).rejects.toBeInstanceOf(NetronError);
    // Of another caller, and without a key, it is another call.
    expect(await other.call('pay', [5], 'k', 'bob')).toMatchObject({ paid: 3 });
    expect(seen.ran).toBe(3);
  });

  it('repetitions at other nodes wait for the first', async () => {
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

  it('when the node that ran a call is gone, nobody knows what became of it', async () => {
    const seen = effects();
    const [one, other] = [await bank(seen), await bank(seen)];
    void one.call('wait', []).catch(() => {});
    await expect.poll(() => seen.gates.length).toBe(1);
    // As after a kill: it says no more that it runs the call.
    one.state.idempotency.close();
    const [lease] = await redis.keys('*:l:*');
    expect(await redis.pttl(lease!)).toBeLessThanOrEqual(10_000);
    await redis.del(lease!);
    await expect(other.call('wait', [])).rejects.toMatchObject({ code: 'unknown_outcome' });
    expect(seen.ran).toBe(1);
  });

  it('what was refused before it began leaves no trace', async () => {
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

  it('what is kept can be sealed: whoever can write to Redis cannot answer calls', async () => {
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
});
