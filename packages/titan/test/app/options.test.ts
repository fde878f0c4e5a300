import { describe, expect, it } from 'vitest';
import {
  type ConfigError,
  ConfigModule,
  createApp,
  defineTitanService,
  remote,
  TitanService,
  verifyAuditFile,
} from '../../src/index.js';
import { failure, silent } from './parts.js';

/** Options as a program without types gives them. */
const untyped = (options: unknown) => options as never;

describe('what makes no sense is refused where it is said', () => {
  it.each<[string, () => unknown, string]>([
    [
      'an option that is misspelt',
      () => createApp(untyped({ sginals: false })),
      "createApp: unknown option 'sginals'; did you mean 'signals'?",
    ],
    [
      'an option of the logger',
      () => createApp({ logger: untyped({ levl: 'warn' }) }),
      "logger: unknown option 'levl'; did you mean 'level'?",
    ],
    [
      'paths to redact',
      () => createApp({ logger: untyped({ redact: 'user.email' }) }),
      "logger.redact must be an array of non-empty strings, not 'user.email'",
    ],
    [
      'an option of metrics',
      () => createApp({ metrics: untyped({ maxSerie: 5 }) }),
      "metrics: unknown option 'maxSerie'; did you mean 'maxSeries'?",
    ],
    [
      'series that are no number',
      () => createApp({ metrics: { maxSeries: Number.NaN } }),
      'metrics.maxSeries must be a number of at least 0, not NaN',
    ],
    ...(['startTimeout', 'stopTimeout', 'drainDelay'] as const).map((name): [string, () => unknown, string] => [
      `a ${name} that no timer can count: it would be over at once`,
      () => createApp({ [name]: 2 ** 31 }),
      `${name} must be at most 2,147,483,647 ms (24 days), not 2147483648`,
    ]),
    [
      'a delay without an end',
      () => createApp({ drainDelay: Number.POSITIVE_INFINITY }),
      'drainDelay must be at most 2,147,483,647 ms (24 days), not Infinity',
    ],
    [
      'a time for a store that no timer can count',
      () => createApp({ cache: { storeTimeout: 2 ** 31 } }),
      'cache.storeTimeout must be at most 2,147,483,647 ms (24 days), not 2147483648',
    ],
    [
      'an option of the cache',
      () => createApp({ cache: untyped({ maxByte: 5 }) }),
      "cache: unknown option 'maxByte'; did you mean 'maxBytes'?",
    ],
    [
      'bytes that are a text',
      () => createApp({ cache: untyped({ maxBytes: '1 MB' }) }),
      "cache.maxBytes must be a number of at least 0, not '1 MB'",
    ],
    [
      'an option of the audit file',
      () => createApp({ audit: untyped({ path: 'audit', maxWaitin: 5 }) }),
      "audit: unknown option 'maxWaitin'; did you mean 'maxWaiting'?",
    ],
    ['an audit file without a path', () => createApp({ audit: untyped({}) }), 'audit.path must be a file path, not undefined'],
    [
      'a key of nothing',
      () => createApp({ audit: { path: 'audit', key: '' } }),
      'audit.key must be a non-empty string or Uint8Array',
    ],
    [
      'an exporter under another name',
      () => createApp({ telemetry: untyped({ log: {} }) }),
      "telemetry: unknown option 'log'; did you mean 'logs'?",
    ],
    [
      'an exporter that exports nothing',
      () => createApp({ telemetry: { logs: untyped({}) } }),
      'telemetry.logs must be an object with export(), not an object',
    ],
    [
      'strangers by a text',
      () => createApp({ security: untyped({ anonymous: 'no' }) }),
      "security.anonymous must be a boolean, not 'no'",
    ],
    [
      'a limiter that is none',
      () => createApp({ security: untyped({ rateLimit: { limit: 5 } }) }),
      'security.rateLimit must be a function that creates the limiter of a rule, not an object',
    ],
    [
      'a function for a provider: without a provider, everybody would be let in',
      () => createApp({ security: untyped({ authentication: async (userId: string) => ({ userId }) }) }),
      'security: expected an authentication provider, such as { authenticate: (token) => … }, not a function',
    ],
    [
      'a named provider that is none',
      () => createApp({ security: untyped({ authentication: { jwt: { authentcate: async () => ({ userId: 'ada' }) } } }) }),
      "security: authentication provider 'jwt' must have a method authenticate(token), got an object",
    ],
    [
      'a function for the authorization',
      () => createApp({ security: untyped({ authorization: () => true }) }),
      'security.authorization must be an object with authorize(), not a function',
    ],
    [
      'an encryption with one end',
      () => createApp({ security: untyped({ encryption: { createSecureServer: async () => ({}) } }) }),
      'security.encryption must be an object with createSecureServer() and createSecureClient(), not an object',
    ],
    [
      'revocations that are a list',
      () => createApp({ security: untyped({ revocations: [] }) }),
      'security.revocations must be an object with has() and on() and revoke(), not an array',
    ],
    [
      'options of failed logins',
      () => createApp({ security: { attempts: untyped({ limt: 3 }) } }),
      "security: attempts: unknown option 'limt'; did you mean 'limit'?",
    ],
    ...['', '@1.0.0', 'a b', '../users'].map((name): [string, () => unknown, string] => [
      `the client of a service that can have no such name: '${name}'`,
      () => remote(name),
      `invalid service name '${name}': expected a name such as users or users@^1.0.0`,
    ]),
    [
      'the client of an unnamed service of an application',
      () => createApp(silent).connectToService(''),
      "invalid service name '': expected a name such as users or users@^1.0.0",
    ],
    [
      'the client of nothing',
      () => remote(undefined as never),
      'undefined is not a service: expected a name, a contract or a class with @TitanService',
    ],
    [
      'a time that is a text',
      () => createApp(untyped({ stopTimeout: '5s' })),
      "stopTimeout must be a number of at least 0, not '5s'",
    ],
    ['a flag that is a text', () => createApp(untyped({ signals: 'no' })), "signals must be a boolean, not 'no'"],
    [
      'an option of a configuration',
      () => new ConfigModule(untyped({ bas: '.' })),
      "ConfigModule: unknown option 'bas'; did you mean 'base'?",
    ],
    [
      'nothing for a module',
      () => createApp(silent).use(undefined as never),
      'app.use() expects a module, a class or a function (app, options) => …, not undefined',
    ],
    [
      'a text for a module',
      () => createApp(silent).use('users' as never),
      'app.use() expects a module, a class or a function (app, options) => …, not users',
    ],
    [
      'a number for a service',
      () => createApp(silent).service(5 as never),
      'service must be a class or a result of defineTitanService, not 5',
    ],
    [
      'a level that the log does not have',
      () => createApp({ logger: { level: 'loud' as 'info' } }),
      "unknown log level 'loud', expected trace, debug, info, warn, error, fatal or silent",
    ],
  ])('%s', (_what, action, message) => {
    expect(action).toThrow(expect.objectContaining({ name: 'TitanError', code: 'invalid_use', message }) as Error);
  });

  it('options of a stop, of loading and of verifying', async () => {
    const asked = [
      createApp(silent).stop(untyped({ timout: 5 })),
      createApp(silent).stop({ timeout: 2 ** 31 }),
      new ConfigModule().loadWithSchema(untyped({ schema: {}, sources: [], wach: true })),
      verifyAuditFile('audit', untyped({ keys: 'secret' })),
    ];
    const messages = asked.map((each) => each.catch(({ message }: Error) => message));
    expect(await Promise.all(messages)).toEqual([
      "stop: unknown option 'timout'; did you mean 'timeout'?",
      'stop.timeout must be at most 2,147,483,647 ms (24 days), not 2147483648',
      "loadWithSchema: unknown option 'wach'; did you mean 'watch'?",
      "verifyAuditFile: unknown option 'keys'; did you mean 'key'?",
    ]);
  });
  it('options of the sources of a configuration, all at once', async () => {
    const sources = [{ type: 'file', path: 'none.yaml', optionl: true }, { type: 'fil' }, { type: 'env', prefx: 'APP_' }];
    const error = await failure(new ConfigModule().load(untyped(sources)));
    expect((error as ConfigError).problems.map(({ text }) => text)).toEqual([
      "unknown option 'optionl'; did you mean 'optional'?",
      "unknown configuration source 'fil', expected one of args, env, file, object",
      "unknown option 'prefx'; did you mean 'prefix'?",
    ]);
  });

  it('two services of one name and version', async () => {
    @TitanService({ name: 'users' })
    class Users {}
    @TitanService({ name: 'users@1.0.0' })
    class OtherUsers {}
    const defined = () => defineTitanService({ name: 'users', contract: {}, methods: {} });
    for (const [one, other, names] of [
      [Users, OtherUsers, 'class Users and class OtherUsers'],
      [defined(), defined(), 'a result of defineTitanService and a result of defineTitanService'],
    ] as const)
      await expect(createApp(silent).service(one).service(other).start()).rejects.toMatchObject({
        code: 'invalid_use',
        message: `duplicate service 'users@1.0.0': ${names}; change the name or version of one`,
      });
  });
  it('a class that is no service', async () => {
    class Plain {}
    await expect(createApp(silent).service(Plain).start()).rejects.toThrow('got an object of class Plain');
  });
});
