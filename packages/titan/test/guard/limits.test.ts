import { type NetronError } from '@omnitron-dev/netron';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp, Public, RateLimit, SlidingWindow, TitanService } from '../../src/index.js';
import { as, base, code, connected, endAll, ends, jwt, running } from './callers.js';

afterEach(endAll);

describe('B33, SE-10, SE-11, SV-13: limits', () => {
  @TitanService({ name: 'limited', rateLimit: { limit: 5, window: 3_600_000 } })
  class Limited {
    @Public({ rateLimit: { limit: 2, window: 3_600_000 } })
    few() {
      return 1;
    }
    @Public()
    more() {
      return 2;
    }
    @RateLimit({ limit: 4, window: 3_600_000, cost: 3 })
    @Public()
    dear() {
      return 3;
    }
  }
  it('of a member and of all members of a service together; refused calls cost nothing', async () => {
    const limited = await as<Limited>(await running(Limited), 'ada');
    const calls = async (name: 'few' | 'more' | 'dear', times: number) => {
      const codes: string[] = [];
      for (let n = 0; n < times; n++) codes.push(await code(limited[name]()));
      return codes.filter((each) => each === 'ok').length;
    };
    expect([await calls('few', 4), await calls('dear', 2), await calls('more', 4)]).toEqual([2, 1, 2]);
    const error: NetronError = await limited.few().then(
      () => expect.unreachable('let in'),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'resource_exhausted', message: 'limited.few: too many calls' });
    expect(error.retryAfterMs).toBeGreaterThan(3_000_000);
  });
  it('count users apart, strangers by address, and all calls at once', async () => {
    const app = await running(Limited);
    const [ada, bob] = [await as<Limited>(app, 'ada'), await as<Limited>(app, 'bob')];
    const many = async (who: Limited) =>
      (await Promise.all(Array.from({ length: 64 }, () => code(who.more())))).filter((each) => each === 'ok').length;
    expect(await Promise.all([many(ada as never), many(bob as never)])).toEqual([5, 5]);
    const [one, other] = [await as<Limited>(app, undefined), await as<Limited>(app, undefined)];
    expect((await many(one as never)) + (await many(other as never))).toBe(5);
  });
  it('that differ in what they count by, in their cost or in the version of the service are counted apart', async () => {
    class Apart {
      both() {}
      dear() {}
    }
    const once = { limit: 2, window: 3_600_000 };
    for (const name of ['both', 'dear'] as const) Public()(Apart.prototype, name);
    for (const rule of [once, { ...once, by: 'address' as const }]) RateLimit(rule)(Apart.prototype, 'both');
    for (const rule of [once, { ...once, cost: 2 }]) RateLimit(rule)(Apart.prototype, 'dear');
    class Later extends Apart {}
    TitanService({ name: 'apart', version: '1.0.0' })(Apart);
    TitanService({ name: 'apart', version: '2.0.0' })(Later);
    const app = createApp(base).service(Apart).service(Later);
    await app.start();
    ends.push(() => app.stop());
    const peer = await connected(app, 'ada');
    const calls = async (version: string, name: 'both' | 'dear') => {
      const apart = await peer.queryInterface<Apart>(`apart@${version}`);
      const codes: string[] = [];
      for (let turn = 0; turn < 3; turn++) codes.push(await code(apart[name]()));
      return codes;
    };
    const [twice, once1] = [
      ['ok', 'ok', 'resource_exhausted'],
      ['ok', 'resource_exhausted', 'resource_exhausted'],
    ];
    expect([await calls('1.0.0', 'both'), await calls('1.0.0', 'dear')]).toEqual([twice, once1]);
    expect([await calls('2.0.0', 'both'), await calls('2.0.0', 'dear')]).toEqual([twice, once1]);
  });
  it('count strangers of IPv6 by their network, and those of IPv4 alike however they are written', async () => {
    const app = await running(Limited);
    const from = async (...addresses: string[]) => {
      const codes: string[] = [];
      for (const address of addresses) {
        const caller = { id: address, address, transport: 'http', identity: undefined };
        codes.push(await code(app.netron!.dispatch({ service: 'limited', method: 'few', caller })));
      }
      return codes;
    };
    const third = ['ok', 'ok', 'resource_exhausted'];
    expect(await from('2001:db8:0:1::1', '2001:db8:0:1:a::2', '[2001:db8:0:1:b:c:d:e]:443')).toEqual(third);
    expect(await from('ws://10.0.0.7:1', '::ffff:10.0.0.7', '10.0.0.7')).toEqual(third);
    expect(await from('2001:db8:0:2::1')).toEqual(['ok']);
  });
  it('of a member refuse calls that then count for none of its service, also where nodes share them', async () => {
    @TitanService({ name: 'shared', rateLimit: { limit: 10, window: 3_600_000 } })
    class Shared {
      @RateLimit({ limit: 2, window: 3_600_000 })
      @Public()
      few() {}
      @Public()
      many() {}
    }
    const app = await running(Shared, { security: { authentication: jwt, rateLimit: (rule) => new SlidingWindow(rule) } });
    const shared = await as<Shared>(app, 'ada');
    const codes = async (call: () => unknown, count: number) => {
      const all: string[] = [];
      for (let n = 0; n < count; n++) all.push(await code(call() as Promise<unknown>));
      return all.filter((each) => each === 'ok').length;
    };
    expect([await codes(() => shared.few(), 10), await codes(() => shared.many(), 12)]).toEqual([2, 8]);
  });
  it('may be counted elsewhere, for several nodes', async () => {
    const keys: string[] = [];
    const rateLimit = () => ({
      checkLimit: async (key: string, cost?: number) => {
        if (cost === 0) return { allowed: true, remaining: 100, reset: Date.now() };
        keys.push(`${key} ${cost}`);
        return { allowed: keys.length < 3, remaining: 0, reset: Date.now() + 5_000 };
      },
    });
    const limited = await as<Limited>(await running(Limited, { security: { authentication: jwt, rateLimit } }), 'ada');
    expect(await code(limited.few())).toBe('ok');
    expect(await code(limited.few())).toBe('resource_exhausted');
    expect(keys[0]).toBe('limited@1.0.0 5/3600000 user ada 1');
    expect(keys[1]).toBe('limited@1.0.0.few 2/3600000 user ada 1');
  });
});
