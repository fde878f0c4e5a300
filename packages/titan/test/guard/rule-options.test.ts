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
    ['an option of a service', ofService({ raetLimit: { rpm: 1 } }), "there is no option 'raetLimit'; did you mean 'rateLimit'?"],
    ['auth of a service', ofService({ auht: true }), "did you mean 'auth'?"],
    [
      'a rule of auth',
      ofService({ auth: { role: ['admin'] } }),
      "service 'users': auth: there is no option 'role'; did you mean 'roles'?",
    ],
    ['auth that is a text', ofService({ auth: 'admin' }), "not 'admin'"],
    ['auth that is nothing', ofService({ auth: null }), 'not null'],
    ['roles that are a text', ofService({ auth: { roles: 'admin' } }), "auth.roles takes a list of texts, not 'admin'"],
    ['required that is a text', ofService({ auth: { required: 'yes' } }), "auth.required takes true or false, not 'yes'"],
    ['discovery', ofService({ discovery: { enabeld: false } }), "did you mean 'enabled'?"],
    [
      'a contract',
      ofService({ contract: { get: { inptu: z.string() } } }),
      "get: there is no option 'inptu'; did you mean 'input'?",
    ],
    ['an option of a member', ofMember({ chace: { ttl: 1 } }), "@Public: there is no option 'chace', only audit, auth, cache,"],
    ['auth of a member', ofMember({ atuh: true }), "did you mean 'auth'?"],
    ['exceptions of a member', ofMember({ auth: { except: ['get'] } }), 'auth.except is for services'],
    ['a life below 0', ofMember({ cache: { ttl: -1 } }), 'cache.ttl takes seconds, a number of at least 0, not -1'],
    ['a life that is no number', ofMember({ cache: { ttl: Number.NaN } }), 'not NaN'],
    ['a life that is a text', ofMember({ cache: { ttl: '60' } }), "not '60'"],
    ['a life that is misspelt', ofMember({ cache: { tll: 60 } }), "there is no option 'tll'; did you mean 'ttl'?"],
    ['tags that are a text', ofMember({ cache: { ttl: 1, tags: 'users' } }), 'cache.tags takes a list of texts'],
    ['what is invalidated', ofMember({ invalidates: 'users' }), 'invalidates takes a list of texts'],
    ['a transport', ofMember({ transport: 5 }), 'transport takes a list of texts'],
    ['what is recorded', ofMember({ audit: { argument: true } }), "did you mean 'arguments'?"],
    ['a flag', ofMember({ readonly: 'no' }), "readonly takes true or false, not 'no'"],
    ['a limit', ofMember({ rateLimit: { rmp: 5 } }), "did you mean 'rpm'?"],
    ['a limit that is a text', ofMember({ rateLimit: { rpm: '5' } }), "rateLimit.rpm takes a number above 0, not '5'"],
    ['a limit without end', ofMember({ rateLimit: { rpm: Number.POSITIVE_INFINITY } }), 'rateLimit.rpm takes a number above 0'],
    ['no limit', ofMember({ rateLimit: { window: 5 } }), 'rateLimit takes { rpm } or { limit, window }'],
    ['two limits', ofMember({ rateLimit: { rpm: 5, limit: 100 } }), 'rateLimit takes { rpm } or { limit, window }'],
    [
      'a limit by something else',
      ofMember({ rateLimit: { rpm: 5, by: 'moon' } }),
      "rateLimit.by takes 'user' or 'address', not 'moon'",
    ],
    [
      'a cost that no call can pay',
      ofMember({ rateLimit: { rpm: 5, cost: 6 } }),
      'rateLimit.cost takes a number up to the limit of 5',
    ],
    [
      'a right without a resource',
      () => RequirePermission('users:read', 'read'),
      '@RequirePermission takes rights as resource:action',
    ],
    [
      'a right of auth without an action',
      ofMember({ auth: { permissions: ['users:'] } }),
      'auth.permissions takes rights as resource:action',
    ],
    ['@RateLimit', () => RateLimit(untyped({ limit: 5, windw: 1 })), "did you mean 'window'?"],
    ['@Audit', () => Audit(untyped({ argumnets: true })), "did you mean 'arguments'?"],
    ['@Validate', () => Validate(untyped({ inptu: z.string() })), "did you mean 'input'?"],
    ['@RequireAuth', () => RequireAuth(untyped({ providr: 'jwt' })), "did you mean 'provider'?"],
    ['@RequireRole', () => RequireRole(untyped(undefined)), 'takes a list of texts'],
    ['@RequirePermission', () => RequirePermission(), "takes at least one right, such as 'users:read'"],
    ['defineTitanService', defined({ rateLimt: { rpm: 1 } }), "did you mean 'rateLimit'?"],
    [
      'rules of a method',
      defined({ options: { get: { auht: true } } }),
      "options.get: there is no option 'auht'; did you mean 'auth'?",
    ],
    [
      'rules of no method',
      defined({ options: { gte: { auth: true } } }),
      "options.gte: there is no such method; did you mean 'get'?",
    ],
    ...['health', 'onReady', 'onStart', 'onStop'].flatMap((hook): [string, () => unknown, string][] => [
      [
        `a public method ${hook}`,
        () => Public()({ [hook]() {} }, hook),
        `@Public: '${hook}' is a hook, which the application calls`,
      ],
      [
        `a function ${hook}`,
        defined({ contract: {}, methods: { [hook]() {} } }),
        `service 'users': '${hook}' is a hook, which the application calls`,
      ],
    ]),
    ['defineContract', () => defineContract(untyped({ name: 'users', contract, verison: '1.0.0' })), "did you mean 'version'?"],
    ['security', () => createApp({ security: untyped({ authentcation: {} }) }), "did you mean 'authentication'?"],
  ])('%s', (_, act, text) => {
    expect(act).toThrow(expect.objectContaining({ code: 'invalid_use', message: expect.stringContaining(text) }));
  });
  it('the decorator of Netron, which does not know the rules of this package', () => {
    expect(() => NetronPublic({ cache: untyped({ tll: 5 }) })).toThrow("cache has no option 'tll'");
    expect(() => NetronPublic(untyped({ auth: true }))).toThrow(
      new TypeError(
        "@Public: there is no option 'auth', only annotations, cache, context, fill, http, idempotent, invalidates, readonly, resumable, safe, transport",
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
    ['a rule of the core that is no number', Noted, 'noted.all: cache.ttl takes seconds'],
    ['a hook that a decorator of Netron makes public', PlainHook, "service 'plain': 'health' is a hook"],
    ['the same in a service of the application', MixedHook, "service 'mixed': 'onStop' is a hook"],
    ['a misspelt transport', Typo, "typo.call: there is no transport 'tpc'; did you mean 'tcp'?"],
    ['a transport that nobody knows', Strange, "strange.call: there is no transport 'pigeon', only http, websocket, tcp, "],
    ['one that a decorator of Netron names', OfTheCore, "core.call: there is no transport 'webscket'; did you mean 'websocket'?"],
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
