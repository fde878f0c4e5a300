import { NetronError, ServiceBase } from '@omnitron-dev/netron';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type AuthContext, Authorize, Public, RequirePermission, TitanService } from '../../src/index.js';
import { as, base, code, connected, endAll, running } from './callers.js';

afterEach(endAll);

describe('SE: policies on arguments', () => {
  it('B24: get validated arguments, and their answer is cached for nobody', async () => {
    let ran = 0;
    class Docs {
      read(id: string) {
        ran += 1;
        return id;
      }
    }
    Public({ cache: { ttl: 60 } })(Docs.prototype, 'read');
    Authorize((user: AuthContext, id: string) => id.startsWith(`${user.userId}/`))(Docs.prototype, 'read');
    TitanService({ name: 'docs', contract: { read: { input: z.string().toLowerCase() } } })(Docs);
    const app = await running(Docs);
    const [ada, bob] = [await as<Docs>(app, 'ada'), await as<Docs>(app, 'bob')];
    expect([await ada.read('ADA/1'), await ada.read('ada/1'), ran]).toEqual(['ada/1', 'ada/1', 1]);
    expect(await code(bob.read('ada/1'))).toBe('permission_denied');
    expect(await code(bob.read(5 as never))).toBe('invalid_argument');
    expect(await code((await as<Docs>(app, undefined)).read('x'))).toBe('unauthenticated');
  });
  it('let in by true alone, and a NetronError that they throw fails the call', async () => {
    let ran = 0;
    class Odd {
      yes() {
        ran += 1;
      }
      thrown() {
        ran += 1;
      }
      told() {
        ran += 1;
      }
    }
    for (const name of ['yes', 'thrown', 'told'] as const) Public()(Odd.prototype, name);
    Authorize((() => 'yes') as never)(Odd.prototype, 'yes');
    Authorize(() => {
      throw new TypeError('a detail');
    })(Odd.prototype, 'thrown');
    Authorize(() => Promise.reject(new NetronError('not_found', 'the configured ones are none')))(Odd.prototype, 'told');
    TitanService({ name: 'odd' })(Odd);
    const odd = await as<Odd>(await running(Odd), 'ada');
    expect([await code(odd.yes()), await code(odd.thrown()), await code(odd.told()), ran]).toEqual([
      'permission_denied',
      'internal',
      'not_found',
      0,
    ]);
  });
});

describe('what decides about rights and fails', () => {
  const secret = 'connect ECONNREFUSED 10.0.0.7:5432 password=hunter2';
  const fails: Record<string, () => never | Promise<never>> = {
    throws() {
      throw new Error(secret);
    },
    rejects: () => Promise.reject(new Error(secret)),
    strange: () => Promise.reject(secret),
  };
  class Docs extends ServiceBase {
    read() {
      return 'text';
    }
    policy() {
      return 'text';
    }
  }
  const service = (fail: () => never | Promise<never>) => {
    class Own extends Docs {}
    for (const name of ['read', 'policy'] as const) Public()(Own.prototype, name);
    RequirePermission('docs:read')(Own);
    Authorize(fail)(Own.prototype, 'policy');
    TitanService({ name: 'docs' })(Own);
    return Own;
  };
  it.each(Object.entries(fails))('and %s tells the log, and callers of every door nothing', async (_, fail) => {
    const lines: { msg: string; member: string; err: unknown }[] = [];
    const may = { allowed: false };
    const app = await running(service(fail), {
      ...base,
      logger: { destination: { write: (line) => lines.push(JSON.parse(line)) } },
      netron: { http: true, allowServiceEvents: true },
      security: { ...base.security, authorization: { authorize: async () => may.allowed || fail() } },
    });
    const peer = await connected(app, 'bob');
    const docs = await as<Docs>(app, 'bob');
    const header = { headers: { authorization: 'Bearer bob' } };
    const stranger = await connected(app, 'ada');
    const url = `http://127.0.0.1:${app.netron!.listenPort}/netron/docs/`;
    const post = async (member: string) => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer bob' };
      const response = await fetch(url + member, { method: 'POST', body: '[]', headers });
      return `${response.status} ${await response.text()}`;
    };
    const failure = (action: Promise<unknown>) => action.then(() => expect.unreachable('it did not fail'), shown);
    const shown = (error: NetronError) =>
      `${error.code} ${error.message} ${JSON.stringify(error.details)} ${String(error.cause)}`;
    const hidden = async (member: string) => {
      const told = [
        await failure(peer.call('docs', member, [])),
        await failure(stranger.call('docs', member, [], header)),
        await post(member),
      ];
      for (const text of told) {
        expect(text).toMatch(/^(internal|500) /);
        expect(text).not.toMatch(/hunter2|ECONN/);
      }
    };
    await hidden('read');
    const heard = await failure(
      (docs as unknown as { on(event: string, handler: () => void): Promise<unknown> }).on('x', () => {}),
    );
    expect(heard).toMatch(/^internal /);
    expect(heard).not.toContain('hunter2');
    may.allowed = true;
    await hidden('policy');
    const told = lines.filter(({ msg }) => msg === 'authorization failed to run');
    expect(told.map(({ member }) => member)).toEqual([
      ...Array.from({ length: 3 }, () => 'docs.read'),
      'docs.on',
      ...Array.from({ length: 3 }, () => 'docs.policy'),
    ]);
    for (const { err } of told) expect(JSON.stringify(err)).toContain('ECONNREFUSED');
  });
});
