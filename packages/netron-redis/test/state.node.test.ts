import { spawnSync } from 'node:child_process';
import { Netron, type NetronError } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../netron/test/http/eventually.js';
import { JwtAuthProvider, KeyRing, Revocations } from '../../netron-auth/src/index.js';
import { type AppOptions, createApp, Public, ResultCache, TitanService } from '../../titan/src/index.js';
import { RedisState, type RedisStateOptions, SlidingWindowRateLimiter } from '../src/index.js';
import { limit, revoke } from '../src/state/scripts.js';
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

function state(options: RedisStateOptions = {}, url = server.url): RedisState {
  const made = new RedisState(url, { timeout: patience, ...options });
  ends.push(() => made.close());
  return made;
}

describe('SE-10, E6: limits in Redis', () => {
  it('by themselves, as in the founding documents', async () => {
    const limiter = new SlidingWindowRateLimiter(redis, { window: 3_600_000, limit: 5 });
    ends.push(() => limiter.close());
    expect(await limiter.checkLimit('ada')).toMatchObject({ allowed: true, remaining: 4 });
    expect(await limiter.checkLimit('ada', 3)).toMatchObject({ allowed: true, remaining: 1 });
    const refused = await limiter.checkLimit('ada', 2);
    expect(refused).toMatchObject({ allowed: false, remaining: 1 });
    expect(refused.reset - Date.now()).toBeGreaterThan(3_500_000);
    for (const cost of [-5, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(limiter.checkLimit('ada', cost)).rejects.toThrow(RangeError);
    expect(await limiter.checkLimit('ada', 0)).toMatchObject({ allowed: true, remaining: 1 });
    expect(await limiter.checkLimit('ada')).toMatchObject({ allowed: true, remaining: 0 });
    expect(await limiter.checkLimit('bob')).toMatchObject({ allowed: true, remaining: 4 });
    expect(() => new SlidingWindowRateLimiter(redis, { window: 0, limit: 5 })).toThrow(RangeError);
  });

  it('640 concurrent calls of four nodes with a limit of 100: 100 are allowed; a key takes at most 200 bytes', async () => {
    const limiters = [1, 2, 3, 4].map(() => state().limiter({ limit: 100, window: 3_600_000 }));
    const all = await Promise.all(Array.from({ length: 640 }, (_, at) => limiters[at % 4]!.checkLimit('ada')));
    expect(all.filter(({ allowed }) => allowed)).toHaveLength(100);
    const [key] = await redis.keys('*limit*');
    expect(await redis.call('MEMORY', 'USAGE', key!)).toBeLessThanOrEqual(200);
    expect(await redis.pttl(key!)).toBeGreaterThan(3_600_000);
  });

  it('an answer that has arrived counts, however late this process reads it', async () => {
    const limiter = state({ timeout: 100 }).limiter({ limit: 100, window: 3_600_000 });
    await eventually(() => limiter.checkLimit('ada'));
    const answer = limiter.checkLimit('bob');
    await new Promise((resolve) => setImmediate(resolve));
    // When Redis answers this, it has answered everything before it, and nothing else runs here meanwhile.
    const { status } = spawnSync('sh', ['-c', `sleep 0.3 && redis-cli -u ${server.url} ping`]);
    expect(status).toBe(0);
    expect(await answer).toMatchObject({ allowed: true, remaining: 99 });
  });

  it('connections that are cut during calls allow no more than the limit', async () => {
    const limiters = [1, 2, 3, 4].map(() => state().limiter({ limit: 100, window: 3_600_000 }));
    const answers: Promise<string>[] = [];
    const ask = (at: number) =>
      limiters[at % 4]!.checkLimit('ada').then(
        ({ allowed }) => (allowed ? 'in' : 'refused'),
        (error: NetronError) => error.code,
      );
    await Promise.all(limiters.map((_, at) => answers.push(ask(at)) && answers[at]));
    for (let at = 4; at < 64; at++) answers.push(ask(at));
    const cut = redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    for (let at = 64; at < 640; at++) answers.push(ask(at));
    expect(await cut).toBeGreaterThanOrEqual(4);
    const got = await Promise.all(answers);
    const letIn = got.filter((each) => each === 'in').length;
    expect(letIn).toBeLessThanOrEqual(100);
    expect(got.filter((each) => !['in', 'refused', 'unavailable'].includes(each))).toEqual([]);
    // At least the allowed calls are counted: no more than the rest of the limit is left.
    const later = state().limiter({ limit: 100, window: 3_600_000 });
    expect((await later.checkLimit('ada', 0)).remaining).toBeLessThanOrEqual(100 - letIn);
  });

  it('never more than the limit in any window, at least 95 % of it at twice the rate, also when the clock goes back', async () => {
    // The script with a clock of the test.
    const script = limit.replace("redis.call('TIME')", '{ math.floor(ARGV[4] / 1000), (ARGV[4] % 1000) * 1000 }');
    const at = async (now: number) => ((await redis.eval(script, 1, 'k', 100, 10_000, 1, now)) as number[])[0] === 1;
    const accepted: number[] = [];
    for (let now = 1_000_000; now < 1_040_000; now += 50) if (await at(now)) accepted.push(now);
    for (let from = 1_000_000; from <= 1_030_000; from += 50) {
      const inside = accepted.filter((each) => each >= from && each < from + 10_000).length;
      expect(inside).toBeLessThanOrEqual(100);
      expect(inside).toBeGreaterThanOrEqual(95);
    }
    let back = 0;
    for (let turn = 0; turn < 200; turn++) if (await at(1_000_000)) back += 1;
    expect(back).toBeLessThanOrEqual(5);
  });
});

@TitanService({ name: 'shop' })
class Shop {
  ran = 0;
  @Public({ rateLimit: { limit: 3, window: 3_600_000 } })
  few() {
    return 'in';
  }
  @Public({ cache: { ttl: 60, shared: true, tags: ['prices'] } })
  async price(name: string) {
    this.ran += 1;
    return { name, at: new Date(5), ran: this.ran };
  }
  @Public({ invalidates: ['prices'] })
  async change() {}
}

/** A node of an application whose state is in Redis. */
async function node(options: AppOptions = {}, shared = state()) {
  const service = new Shop();
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    config: { netron: { port: 0, healthPort: false } },
    cache: { store: shared.results },
    ...options,
    security: { rateLimit: shared.limiter, ...options.security },
  }).service(service);
  await app.start();
  ends.push(() => app.stop());
  const connect = async (credentials?: unknown) => {
    const client = await Netron.create({ logLevel: 'silent', credentials });
    ends.push(() => client.stop());
    const peer = await client.connect(app.netron!.addresses[0]!);
    return { peer, shop: await peer.queryInterface<Shop>('shop') };
  };
  return { app, service, connect };
}
const code = (call: unknown) =>
  (call as Promise<unknown>).then(
    () => 'ok',
    (error: NetronError) => error.code,
  );

describe('SE-11, LB-12: several nodes with one state', () => {
  it('count calls together', async () => {
    const shops = await Promise.all([await node(), await node()].map(({ connect }) => connect()));
    const codes = [];
    for (let turn = 0; turn < 6; turn++) codes.push(await code(shops[turn % 2]!.shop.few()));
    expect(codes).toEqual(['ok', 'ok', 'ok', 'resource_exhausted', 'resource_exhausted', 'resource_exhausted']);
  });

  it('compute a result once for all, types included, and discard it together', async () => {
    const nodes = [await node(), await node()];
    const [one, two] = await Promise.all(nodes.map(({ connect }) => connect()));
    const all = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? one! : two!).shop.price('tea')));
    expect(all.every((price) => price.at instanceof Date && price.ran === 1)).toBe(true);
    expect(nodes.map(({ service }) => service.ran).sort()).toEqual([0, 1]);
    await one!.shop.change();
    await Promise.all([one!.shop.price('tea'), two!.shop.price('tea')]);
    expect(nodes[0]!.service.ran + nodes[1]!.service.ran).toBe(2);
    await two!.shop.price('milk');
    expect(nodes[0]!.service.ran + nodes[1]!.service.ran).toBe(3);
  });

  it('a result started before its invalidation is not returned; a dead node loses its turn', async () => {
    const { results } = state({ turn: 50 });
    const begun = await results.get('k', ['t']);
    await results.invalidate(['t']);
    await results.set('k', 'old', 60_000, ['t'], (begun as { ticket: string }).ticket);
    const again = await results.get('k', ['t']);
    expect(again).toHaveProperty('ticket');
    // Nobody releases it: the next one gets it when its time is over.
    expect(await results.get('k', ['t'])).toHaveProperty('ticket');
  });

  it('sealed results cannot be read or forged in Redis', async () => {
    const seal = new KeyRing([{ id: 'a', key: new Uint8Array(32).fill(7) }]);
    const { connect, service } = await node({}, state({ seal }));
    const { shop } = await connect();
    await shop.price('a secret name');
    await shop.price('a secret name');
    expect(service.ran).toBe(1);
    const [key] = await redis.keys('*:r:*');
    expect(await redis.hget(key!, 't')).not.toContain('secret');
    await redis.hset(key!, 't', '{"v":{"name":"forged"}}');
    expect(await shop.price('a secret name')).toMatchObject({ name: 'a secret name', ran: 2 });
  });

  it('while Redis is down each node counts locally and computes results, once for concurrent callers', async () => {
    const own = await redisServer();
    ends.push(() => own.kill());
    const { app, connect, service } = await node({}, state({}, own.url));
    const { shop } = await connect();
    await shop.price('tea');
    expect(await shop.few()).toBe('in');
    expect(await app.health()).toMatchObject({
      status: 'healthy',
      checks: { cache: { healthy: true }, limits: { healthy: true } },
    });
    await own.kill();
    expect([await code(shop.few()), await code(shop.few()), await code(shop.few()), await code(shop.few())]).toEqual([
      'ok',
      'ok',
      'ok',
      'resource_exhausted',
    ]);
    const down = { healthy: false, message: expect.stringMatching(/^Redis is not available: \S/) };
    expect(await app.health()).toMatchObject({ status: 'degraded', checks: { cache: down, limits: down } });
    await Promise.all([shop.price('tea'), shop.price('tea'), shop.price('tea')]);
    expect(service.ran).toBe(2);
    expect(await code(shop.change())).toBe('ok');
    expect(app.get(ResultCache).size.entries).toBe(0);
    await own.start();
    await eventually(async () => {
      const before = service.ran;
      await shop.price('milk');
      await shop.price('milk');
      expect(service.ran - before).toBeLessThanOrEqual(1);
    });
  });
});

describe('B27, E4: revocations of several nodes', () => {
  const secret = { secret: 'a secret of at least thirty-two bytes', issuer: 'https://id.test' };

  it('a logout on one node ends the connections of all, and of later nodes', async () => {
    const make = async () => {
      const revocations = new Revocations();
      await state().shareRevocations(revocations);
      const authentication = new JwtAuthProvider({ ...secret, revocations });
      return { revocations, authentication, ...(await node({ security: { authentication, revocations, anonymous: false } })) };
    };
    const nodes = [await make(), await make()];
    const token = await nodes[0]!.authentication.createToken({ id: 'ada' });
    await nodes[1]!.connect(token);
    expect(nodes[1]!.app.netron!.peers.size).toBe(1);
    nodes[0]!.revocations.revoke({ userId: 'ada' });
    await eventually(() => expect(nodes[1]!.app.netron!.peers.size).toBe(0));
    expect(await code(nodes[1]!.connect(token))).toBe('unauthenticated');
    expect(await code((await make()).connect(token))).toBe('unauthenticated');
  });

  it('revocations made while Redis is down reach the others when it is back; its content is not trusted', async () => {
    const own = await redisServer();
    ends.push(() => own.kill());
    const lists = [new Revocations(), new Revocations()];
    for (const list of lists) await state({}, own.url).shareRevocations(list);
    await own.kill();
    lists[0]!.revoke({ tokenId: 't1' });
    await own.start();
    await eventually(() => expect(lists[1]!.has({ userId: 'x', tokenId: 't1' })).toBe(true));
    const planted = new Redis(own.url);
    // Atomically: a node that asks in between has seen this revision.
    const all = planted.multi();
    for (const text of ['x', '{}', 'null', '{"userId":5}', '{"tokenId":"t2"}'])
      all.zadd('{netron:revoked}:list', Date.now(), text).zadd('{netron:revoked}:changes', 1e6, text);
    await all.exec();
    await eventually(() => expect(lists[1]!.has({ userId: 'x', tokenId: 't2' })).toBe(true));
    planted.disconnect();
    expect(lists[1]!.size).toBe(2);
  });

  const shared = async (url: string): Promise<Revocations> => {
    const list = new Revocations();
    await state({}, url).shareRevocations(list);
    return list;
  };
  const ada = { id: 'ada', userId: 'ada', tokenId: 't', issuedAt: 1 };
  const kept = async (list: string): Promise<string[]> =>
    (await redis.zrange(list, '0', '-1')).filter((text) => text.startsWith('{'));

  const scriptCalls = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);

  it('nodes restore revocations that Redis has lost: later nodes know them', async () => {
    const own = await redisServer();
    ends.push(() => own.kill());
    const running = await shared(own.url);
    await shared(own.url);
    running.revoke({ userId: 'ada' });
    // More than one command sends, and older than any clock may differ.
    for (let at = 0; at < 2_500; at++) running.revoke({ tokenId: `t${at}` }, Date.now() - 3_600_000);
    const before = await shared(own.url);
    await eventually(() => expect(before.size).toBe(2_501));
    await own.kill();
    await own.start();
    const later = await shared(own.url);
    await eventually(() => expect(later.size).toBe(2_501));
    expect(later.has(ada)).toBe(true);
  });

  it('a flush, a lost list, lost changes and a lagging replica are noticed by connected nodes', async () => {
    const list = '{netron:revoked}:list';
    const changes = '{netron:revoked}:changes';
    const nodes = [await shared(server.url), await shared(server.url)];
    nodes[0]!.revoke({ userId: 'ada' });
    await eventually(async () => expect(await kept(list)).toHaveLength(1));
    const copy = [await redis.dumpBuffer(list), await redis.dumpBuffer(changes)] as const;
    nodes[1]!.revoke({ userId: 'bob' });
    await eventually(() => expect(nodes.map(({ size }) => size)).toEqual([2, 2]));
    await eventually(async () => expect(await kept(list)).toHaveLength(2));
    const behind = (): unknown =>
      redis.multi().restore(list, 0, copy[0], 'REPLACE').restore(changes, 0, copy[1], 'REPLACE').exec();
    for (const lose of [
      () => redis.flushall(),
      () => redis.del(list),
      () => redis.multi().del(changes).zrem(list, '{"userId":"bob"}').exec(),
      behind,
    ]) {
      await lose();
      await eventually(async () => expect(await kept(list)).toHaveLength(2));
      expect((await shared(server.url)).size).toBe(2);
    }
    // It has as many changes again before any node has asked.
    await behind();
    (await shared(server.url)).revoke({ userId: 'eve' });
    await eventually(async () => expect(await kept(list)).toHaveLength(3));
    await eventually(() => expect(nodes.map(({ size }) => size)).toEqual([3, 3]));
  });

  it('nodes without changes write nothing', async () => {
    const node = await shared(server.url);
    node.revoke({ userId: 'ada' });
    await eventually(async () => expect(await kept('{netron:revoked}:list')).toHaveLength(1));
    const changed = async () => Number(/rdb_changes_since_last_save:(\d+)/.exec(await redis.info('persistence'))?.[1]);
    await eventually(async () => {
      const [before, calls] = [await changed(), await scriptCalls()];
      await eventually(async () => expect(await scriptCalls()).toBeGreaterThan(calls + 2));
      expect(await changed()).toBe(before);
    });
  });

  it('late revocations whose message was lost are read from the list, however old', async () => {
    const node = await shared(server.url);
    const quiet = new Redis(server.url);
    ends.push(() => quiet.disconnect());
    quiet.defineCommand('revoke', { numberOfKeys: 2, lua: revoke });
    const send = quiet as unknown as { revoke(...args: (string | number)[]): Promise<string[]> };
    const keys = ['{netron:revoked}:list', '{netron:revoked}:changes'];
    await send.revoke(...keys, 'nobody', 0, '', '0', '', 'ab', '{"userId":"ada"}', Date.now() - 3_600_000);
    await eventually(() => expect(node.has(ada)).toBe(true));
  });
});
