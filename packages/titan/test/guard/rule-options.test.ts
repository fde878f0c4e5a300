import { Cache, Public as NetronPublic, Service } from '@omnitron-dev/netron';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  Audit,
  createApp,
  defineContract,
  defineTitanService,
  Public,
  RateLimit,
  RequireAuth,
  RequirePermission,
  RequireRole,
  TitanService,
  Validate,
} from '../../src/index.js';

/** Options as a program without types gives them. */
const untyped = (options: unknown) => options as never;
const ofService = (options: object) => () => TitanService(untyped({ name: 'users', ...options }));
const ofMember = (options: object) => () => Public(untyped(options));
const contract = { get: { input: z.string() } };
const methods = { get: (id: string) => id };
const defined = (more: object) => () => defineTitanService(untyped({ name: 'users', contract, methods, ...more }));

describe('rules that are misspelt, or of another type, are refused where they are said', () => {
  it.each<[string, () => unknown, string]>([
    ['an option of a service', ofService({ raetLimit: { rpm: 1 } }), "unknown option 'raetLimit'; did you mean 'rateLimit'?"],
    ['auth of a service', ofService({ auht: true }), "did you mean 'auth'?"],
    [
      'a rule of auth',
      ofService({ auth: { role: ['admin'] } }),
      "service 'users': auth: unknown option 'role'; did you mean 'roles'?",
    ],
    ['auth that is a text', ofService({ auth: 'admin' }), "not 'admin'"],
    ['auth that is nothing', ofService({ auth: null }), 'not null'],
    [
      'roles that are a text',
      ofService({ auth: { roles: 'admin' } }),
      "auth.roles must be an array of non-empty strings, not 'admin'",
    ],
    ['required that is a text', ofService({ auth: { required: 'yes' } }), "auth.required must be a boolean, not 'yes'"],
    ['discovery', ofService({ discovery: { enabeld: false } }), "did you mean 'enabled'?"],
    ['a contract', ofService({ contract: { get: { inptu: z.string() } } }), "get: unknown option 'inptu'; did you mean 'input'?"],
    ['an option of a member', ofMember({ chace: { ttl: 1 } }), "@Public: unknown option 'chace'; known: audit, auth, cache,"],
    ['auth of a member', ofMember({ atuh: true }), "did you mean 'auth'?"],
    ['exceptions of a member', ofMember({ auth: { except: ['get'] } }), 'auth.except is only allowed on services'],
    ['a life below 0', ofMember({ cache: { ttl: -1 } }), 'cache.ttl must be a non-negative number of seconds, not -1'],
    ['a life that is no number', ofMember({ cache: { ttl: Number.NaN } }), 'not NaN'],
    ['a life that is a text', ofMember({ cache: { ttl: '60' } }), "not '60'"],
    ['a life that is misspelt', ofMember({ cache: { tll: 60 } }), "unknown option 'tll'; did you mean 'ttl'?"],
    ['tags that are a text', ofMember({ cache: { ttl: 1, tags: 'users' } }), 'cache.tags must be an array of non-empty strings'],
    ['what is invalidated', ofMember({ invalidates: 'users' }), 'invalidates must be an array of non-empty strings'],
    ['a transport', ofMember({ transport: 5 }), 'transport must be an array of non-empty strings'],
    ['what is recorded', ofMember({ audit: { argument: true } }), "did you mean 'arguments'?"],
    ['a flag', ofMember({ readonly: 'no' }), "readonly must be a boolean, not 'no'"],
    ['a limit', ofMember({ rateLimit: { rmp: 5 } }), "did you mean 'rpm'?"],
    ['a limit that is a text', ofMember({ rateLimit: { rpm: '5' } }), "rateLimit.rpm must be a positive number, not '5'"],
    [
      'a limit without end',
      ofMember({ rateLimit: { rpm: Number.POSITIVE_INFINITY } }),
      'rateLimit.rpm must be a positive number',
    ],
    ['no limit', ofMember({ rateLimit: { window: 5 } }), 'rateLimit must have either { rpm } or { limit, window }'],
    ['two limits', ofMember({ rateLimit: { rpm: 5, limit: 100 } }), 'rateLimit must have either { rpm } or { limit, window }'],
    [
      'a limit by something else',
      ofMember({ rateLimit: { rpm: 5, by: 'moon' } }),
      "rateLimit.by must be 'user' or 'address', not 'moon'",
    ],
    [
      'a cost that no call can pay',
      ofMember({ rateLimit: { rpm: 5, cost: 6 } }),
      'rateLimit.cost must be at most the limit of 5',
    ],
    [
      'a right without a resource',
      () => RequirePermission('users:read', 'read'),
      '@RequirePermission must be permissions of the form resource:action',
    ],
    [
      'a right of auth without an action',
      ofMember({ auth: { permissions: ['users:'] } }),
      'auth.permissions must be permissions of the form resource:action',
    ],
    ['@RateLimit', () => RateLimit(untyped({ limit: 5, windw: 1 })), "did you mean 'window'?"],
    ['@Audit', () => Audit(untyped({ argumnets: true })), "did you mean 'arguments'?"],
    ['@Validate', () => Validate(untyped({ inptu: z.string() })), "did you mean 'input'?"],
    ['@RequireAuth', () => RequireAuth(untyped({ providr: 'jwt' })), "did you mean 'provider'?"],
    ['@RequireRole', () => RequireRole(untyped(undefined)), 'must be an array of non-empty strings'],
    ['@RequirePermission', () => RequirePermission(), "must have at least one permission, such as 'users:read'"],
    ['defineTitanService', defined({ rateLimt: { rpm: 1 } }), "did you mean 'rateLimit'?"],
    [
      'rules of a method',
      defined({ options: { get: { auht: true } } }),
      "options.get: unknown option 'auht'; did you mean 'auth'?",
    ],
    ['rules of no method', defined({ options: { gte: { auth: true } } }), "options.gte: no such method; did you mean 'get'?"],
    ...['health', 'onReady', 'onStart', 'onStop'].flatMap((hook): [string, () => unknown, string][] => [
      [
        `a public method ${hook}`,
        () => Public()({ [hook]() {} }, hook),
        `@Public: public member '${hook}' has the name of a lifecycle hook`,
      ],
      [
        `a function ${hook}`,
        defined({ contract: {}, methods: { [hook]() {} } }),
        `service 'users': public member '${hook}' has the name of a lifecycle hook`,
      ],
    ]),
    ['defineContract', () => defineContract(untyped({ name: 'users', contract, verison: '1.0.0' })), "did you mean 'version'?"],
    ['security', () => createApp({ security: untyped({ authentcation: {} }) }), "did you mean 'authentication'?"],
  ])('%s', (_, act, text) => {
    expect(act).toThrow(expect.objectContaining({ code: 'invalid_use', message: expect.stringContaining(text) }));
  });
  it('the decorator of Netron, which does not know the rules of this package', () => {
    expect(() => NetronPublic({ cache: untyped({ tll: 5 }) })).toThrow("cache: unknown option 'tll'");
    expect(() => NetronPublic(untyped({ auth: true }))).toThrow(
      new TypeError(
        "@Public: unknown option 'auth'; known: annotations, cache, context, fill, http, idempotent, invalidates, readonly, resumable, safe, transport",
      ),
    );
  });
  it('all that there are go through', () => {
    const rules = {
      transport: 'tcp',
      auth: { required: false },
      cache: { ttl: 0 },
      invalidates: ['users'],
      audit: { arguments: ['id'] },
    };
    expect(ofMember({ ...rules, rateLimit: { rpm: 5 }, safe: true, annotations: [] })).not.toThrow();
    expect(ofService({ ...rules, version: '1.0.0', contract, discovery: {}, transports: {}, middleware: [] })).not.toThrow();
  });
});

describe('what only the application can know is refused at its start', () => {
  @TitanService({ name: 'left', auth: { required: true, except: ['helo'] } })
  class Left {
    @Public() hello() {
      return 'hello';
    }
  }
  @TitanService({ name: 'noted' })
  class Noted {
    @Public() @Cache({ ttl: -1 }) all() {
      return [];
    }
  }
  @TitanService({ name: 'typo', transport: ['tcp', 'tpc'] })
  class Typo {
    @Public() call() {}
  }
  @TitanService({ name: 'strange' })
  class Strange {
    @Public({ transport: 'pigeon' }) call() {}
  }
  @Service('core@1.0.0')
  class OfTheCore {
    @NetronPublic({ transport: 'webscket' }) call() {}
  }
  @Service('plain@1.0.0')
  class PlainHook {
    @NetronPublic() health() {
      return 'fine';
    }
  }
  @TitanService({ name: 'mixed' })
  class MixedHook {
    @NetronPublic() onStop() {}
  }
  const known = { authenticate: async () => ({ userId: 'ada' }) };
  it.each<[string, new () => object, string]>([
    ['an exception that is no member', Left, "auth.except of left@1.0.0: no public member 'helo'; did you mean 'hello'?"],
    ['a rule of the core that is no number', Noted, 'noted.all: cache.ttl must be a non-negative number of seconds'],
    [
      'a hook that a decorator of Netron makes public',
      PlainHook,
      "service 'plain': public member 'health' has the name of a lifecycle hook",
    ],
    [
      'the same in a service of the application',
      MixedHook,
      "service 'mixed': public member 'onStop' has the name of a lifecycle hook",
    ],
    ['a misspelt transport', Typo, "typo.call: unknown transport 'tpc'; did you mean 'tcp'?"],
    ['a transport that nobody knows', Strange, "strange.call: unknown transport 'pigeon'; known: http, websocket, tcp, "],
    ['one that a decorator of Netron names', OfTheCore, "core.call: unknown transport 'webscket'; did you mean 'websocket'?"],
  ])('%s', async (_, service, text) => {
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { server: false, healthPort: false } },
      netron: { ...known },
    });
    await expect(app.service(service).start()).rejects.toMatchObject({
      code: 'invalid_use',
      message: expect.stringContaining(text),
    });
    expect(app.state).toBe('idle');
    await app[Symbol.asyncDispose]();
  });
  it('an edge is named by the application: its calls come by that transport, others do not', async () => {
    @TitanService({ name: 'jobs' })
    class Jobs {
      @Public({ transport: 'queue' }) run() {
        return 'ran';
      }
    }
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { server: false, healthPort: false } },
      edges: ['queue'],
    });
    await app.service(Jobs).start();
    const by = (transport: string) =>
      app.netron!.dispatch({ service: 'jobs', method: 'run', caller: { id: 'a', address: 'a', transport, identity: undefined } });
    expect(await by('queue')).toBe('ran');
    await expect(by('http')).rejects.toMatchObject({ code: 'permission_denied' });
    await app.stop();
  });
});
