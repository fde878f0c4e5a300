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
      "createApp: there is no option 'sginals'; did you mean 'signals'?",
    ],
    [
      'an option of the logger',
      () => createApp({ logger: untyped({ levl: 'warn' }) }),
      "logger: there is no option 'levl'; did you mean 'level'?",
    ],
    [
      'paths to redact',
      () => createApp({ logger: untyped({ redact: 'user.email' }) }),
      "logger.redact takes a list of texts, not 'user.email'",
    ],
    [
      'an option of metrics',
      () => createApp({ metrics: untyped({ maxSerie: 5 }) }),
      "metrics: there is no option 'maxSerie'; did you mean 'maxSeries'?",
    ],
    [
      'series that are no number',
      () => createApp({ metrics: { maxSeries: Number.NaN } }),
      'metrics.maxSeries takes a number of at least 0, not NaN',
    ],
    ...(['startTimeout', 'stopTimeout', 'drainDelay'] as const).map((name): [string, () => unknown, string] => [
      `a ${name} that no timer can count: it would be over at once`,
      () => createApp({ [name]: 2 ** 31 }),
      `${name} takes at most 2,147,483,647 ms (24 days), not 2147483648`,
    ]),
    [
      'a delay without an end',
      () => createApp({ drainDelay: Number.POSITIVE_INFINITY }),
      'drainDelay takes at most 2,147,483,647 ms (24 days), not Infinity',
    ],
    [
      'a time for a store that no timer can count',
      () => createApp({ cache: { storeTimeout: 2 ** 31 } }),
      'cache.storeTimeout takes at most 2,147,483,647 ms (24 days), not 2147483648',
    ],
    [
      'an option of the cache',
      () => createApp({ cache: untyped({ maxByte: 5 }) }),
      "cache: there is no option 'maxByte'; did you mean 'maxBytes'?",
    ],
    [
      'bytes that are a text',
      () => createApp({ cache: untyped({ maxBytes: '1 MB' }) }),
      "cache.maxBytes takes a number of at least 0, not '1 MB'",
    ],
    [
      'an option of the audit file',
      () => createApp({ audit: untyped({ path: 'audit', maxWaitin: 5 }) }),
      "audit: there is no option 'maxWaitin'; did you mean 'maxWaiting'?",
    ],
    [
      'an audit file without a path',
      () => createApp({ audit: untyped({}) }),
      'audit.path takes the path of a file, not undefined',
    ],
    [
      'a key of nothing',
      () => createApp({ audit: { path: 'audit', key: '' } }),
      'audit.key takes a text or bytes that are not empty',
    ],
    [
      'an exporter under another name',
      () => createApp({ telemetry: untyped({ log: {} }) }),
      "telemetry: there is no option 'log'; did you mean 'logs'?",
    ],
    [
      'an exporter that exports nothing',
      () => createApp({ telemetry: { logs: untyped({}) } }),
      'telemetry.logs takes an exporter of log lines, not an object',
    ],
    [
      'strangers by a text',
      () => createApp({ security: untyped({ anonymous: 'no' }) }),
      "security.anonymous takes true or false, not 'no'",
    ],
    [
      'a limiter that is none',
      () => createApp({ security: untyped({ rateLimit: { limit: 5 } }) }),
      'security.rateLimit takes a function that makes the limiter of a rule, not an object',
    ],
    [
      'a function for a provider: without a provider, everybody would be let in',
      () => createApp({ security: untyped({ authentication: async (userId: string) => ({ userId }) }) }),
      'security: a sign-in takes a provider, such as { authenticate: (token) => … }, not a function',
    ],
    [
      'a named provider that is none',
      () => createApp({ security: untyped({ authentication: { jwt: { authentcate: async () => ({ userId: 'ada' }) } } }) }),
      "security: the provider 'jwt' of a sign-in needs a method authenticate(token); it is an object",
    ],
    [
      'a function for the authorization',
      () => createApp({ security: untyped({ authorization: () => true }) }),
      'security.authorization takes an object with authorize(), not a function',
    ],
    [
      'an encryption with one end',
      () => createApp({ security: untyped({ encryption: { createSecureServer: async () => ({}) } }) }),
      'security.encryption takes an object with createSecureServer() and createSecureClient(), not an object',
    ],
    [
      'revocations that are a list',
      () => createApp({ security: untyped({ revocations: [] }) }),
      'security.revocations takes an object with has() and on() and revoke(), not a list',
    ],
    [
      'options of failed logins',
      () => createApp({ security: { attempts: untyped({ limt: 3 }) } }),
      "security: attempts: there is no option 'limt'; did you mean 'limit'?",
    ],
    ...['', '@1.0.0', 'a b', '../users'].map((name): [string, () => unknown, string] => [
      `the client of a service that can have no such name: '${name}'`,
      () => remote(name),
      `'${name}' is no name of a service: expected one such as users, or users@^1.0.0`,
    ]),
    [
      'the client of an unnamed service of an application',
      () => createApp(silent).connectToService(''),
      "'' is no name of a service: expected one such as users, or users@^1.0.0",
    ],
    [
      'the client of nothing',
      () => remote(undefined as never),
      'undefined is no service: expected a name, a contract or a class with @TitanService',
    ],
    [
      'a time that is a text',
      () => createApp(untyped({ stopTimeout: '5s' })),
      "stopTimeout takes a number of at least 0, not '5s'",
    ],
    ['a flag that is a text', () => createApp(untyped({ signals: 'no' })), "signals takes true or false, not 'no'"],
    [
      'an option of a configuration',
      () => new ConfigModule(untyped({ bas: '.' })),
      "ConfigModule: there is no option 'bas'; did you mean 'base'?",
    ],
    [
      'nothing for a module',
      () => createApp(silent).use(undefined as never),
      'app.use() takes a module, a class or a function (app, options) => …, not undefined',
    ],
    [
      'a text for a module',
      () => createApp(silent).use('users' as never),
      'app.use() takes a module, a class or a function (app, options) => …, not users',
    ],
    [
      'a number for a service',
      () => createApp(silent).service(5 as never),
      'service takes a class, or an object such as defineTitanService gives, not 5',
    ],
    [
      'a level that the log does not have',
      () => createApp({ logger: { level: 'loud' as 'info' } }),
      "'loud' is no level of a log: there are trace, debug, info, warn, error, fatal and silent",
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
      "stop: there is no option 'timout'; did you mean 'timeout'?",
      'stop.timeout takes at most 2,147,483,647 ms (24 days), not 2147483648',
      "loadWithSchema: there is no option 'wach'; did you mean 'watch'?",
      "verifyAuditFile: there is no option 'keys'; did you mean 'key'?",
    ]);
  });
  it('options of the sources of a configuration, all at once', async () => {
    const sources = [{ type: 'file', path: 'none.yaml', optionl: true }, { type: 'fil' }, { type: 'env', prefx: 'APP_' }];
    const error = await failure(new ConfigModule().load(untyped(sources)));
    expect((error as ConfigError).problems.map(({ text }) => text)).toEqual([
      "there is no option 'optionl'; did you mean 'optional'?",
      "there is no configuration source 'fil', only args, env, file, object",
      "there is no option 'prefx'; did you mean 'prefix'?",
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
      [defined(), defined(), 'one of defineTitanService and one of defineTitanService'],
    ] as const)
      await expect(createApp(silent).service(one).service(other).start()).rejects.toMatchObject({
        code: 'invalid_use',
        message: `two services are 'users@1.0.0': ${names}; give one another name or version`,
      });
  });
  it('a class that is no service', async () => {
    class Plain {}
    await expect(createApp(silent).service(Plain).start()).rejects.toThrow('not an object of class Plain');
  });
});
