/** Mistakes that are easy to make say what was expected, what came, and what to do. */
import { JwtAuthProvider } from '@omnitron-dev/netron-auth';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  ConfigModule,
  configSection,
  createApp,
  defineContract,
  defineTitanService,
  Logger,
  Public,
  RateLimit,
  RequireRole,
  TitanService,
  Validate,
} from '../../src/index.js';
import { failure, free, silent } from './parts.js';

/** A value as a program without types gives it. */
const untyped = (value: unknown) => value as never;
const long = 'x'.repeat(3_000);
const beginning = `'${'x'.repeat(64)}…'`;

describe('what makes no sense is refused where it is said', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a file as configuration',
      () => createApp({ config: untyped('config/app.yaml') }),
      "config must be an object, such as { netron: { port: 8080 } } (for files and variables use the option 'sources'), not 'config/app.yaml'",
    ],
    ['sources as configuration', () => createApp({ config: [{ type: 'file' }] }), "use the option 'sources'), not an array"],
    [
      'a source that is a text',
      () => createApp({ sources: untyped('app.yaml') }),
      'sources must be an array of sources, such as',
    ],
    [
      'an array of strings as sources',
      () => createApp({ sources: [untyped('app.yaml')] }),
      'sources[0] must be a source, such as',
    ],
    [
      'a file without a path',
      () => createApp({ sources: [untyped({ type: 'file' })] }),
      'sources[0].path must be a file path, not undefined',
    ],
    [
      'an object without a value',
      () => createApp({ sources: [untyped({ type: 'object' })] }),
      'sources[0].value must be an object, not undefined',
    ],
    [
      'variables that are none',
      () => createApp({ sources: [untyped({ type: 'env', env: 'A=1' })] }),
      "sources[0].env must be an object of environment variables, not 'A=1'",
    ],
    [
      'a function as service',
      () => createApp().service(() => 1),
      'service must be a class or a result of defineTitanService, not a function',
    ],
    [
      'a name that is a number',
      () => TitanService({ name: untyped(5) }),
      'a service: name must be a service name, such as users or users@1.0.0, not 5',
    ],
    [
      'no name',
      () => TitanService(untyped({})),
      'a service: name must be a service name, such as users or users@1.0.0, not null',
    ],
    [
      'a version that is a number',
      () => TitanService({ name: 'a', version: untyped(2) }),
      "service 'a': version must be a version, such as 1.0.0, not 2",
    ],
    ['a contract without a name', () => defineContract(untyped({ contract: {} })), 'defineContract: name must be a service name'],
    [
      'a contract that is a list',
      () => defineContract({ name: 'a', contract: untyped([]) }),
      "contract 'a': methods must be an object such as",
    ],
    [
      'a service without a contract',
      () => defineTitanService(untyped({ name: 'a', methods: {} })),
      "service 'a': methods must be an object such as",
    ],
    [
      'an input that is no schema',
      () => defineContract({ name: 'a', contract: { b: { input: untyped('text') } } }),
      "contract 'a': b.input must be a Standard Schema, for instance of zod, not 'text'",
    ],
    [
      'an output that is no schema',
      () => defineContract({ name: 'a', contract: { b: { output: untyped(Number) } } }),
      "contract 'a': b.output must be a Standard Schema, for instance of zod, not a function",
    ],
    [
      '@Validate without a schema',
      () => Validate({ input: [z.string(), untyped(null)] }),
      '@Validate: input must be a Standard Schema',
    ],
    [
      'a section without a schema',
      () => configSection('db', untyped(undefined)),
      "configSection 'db': schema must be a Standard Schema",
    ],
    ['a long name', () => TitanService({ name: long, auth: untyped('x') }), `service ${beginning}: auth: options must be`],
    ['a long name of a client', () => createApp().connectToService(`${long}@1`), `invalid service name ${beginning}`],
    [
      'a role that is a number',
      () => RequireRole([untyped(5)]),
      '@RequireRole must be an array of non-empty strings, got 5 at index 0',
    ],
    ['no role', () => RequireRole([]), '@RequireRole must have at least one role'],
    ['no role as an option', () => Public({ auth: { roles: [] } }), '@Public: auth.roles must have at least one role'],
    [
      'no right',
      () => Public({ auth: { permissions: [] } }),
      "@Public: auth.permissions must have at least one permission, such as 'users:read'",
    ],
    ['no limit', () => RateLimit({}), 'rateLimit must have either { rpm } or { limit, window }'],
    ['two limits', () => RateLimit({ rpm: 1, limit: 1 }), 'rateLimit must have either { rpm } or { limit, window }'],
    ['providers that are none', () => createApp({ security: { authentication: {} } }), 'security.authentication has no provider'],
    [
      'an array of no providers',
      () => createApp({ security: { authentication: untyped([]) } }),
      'security.authentication has no provider',
    ],
  ])('%s', (_, make, text) => {
    const message = (() => {
      try {
        make();
      } catch (error) {
        expect(error).toMatchObject({ name: 'TitanError', code: 'invalid_use' });
        return (error as Error).message;
      }
      return expect.unreachable('it was accepted');
    })();
    expect(message).toContain(text);
    expect(message.length).toBeLessThan(400);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'loadWithSchema: schema must be a Standard Schema'],
    ['no sources', { schema: z.object({}) }, 'loadWithSchema: sources must be an array of sources'],
    ['no schema', { sources: [] }, 'loadWithSchema: schema must be a Standard Schema'],
  ])('loading with %s', async (_, options, text) => {
    expect((await failure(new ConfigModule().loadWithSchema(untyped(options)))).message).toContain(text);
  });

  it.each([
    [Number('abc'), 'netron.port expected an integer, got NaN'],
    [Number.POSITIVE_INFINITY, 'netron.port expected an integer, got Infinity'],
    [80.5, 'netron.port expected an integer, got a number with a fraction'],
  ])('a port that is %s', async (port, text) => {
    expect((await failure(createApp({ ...silent, config: { netron: { port } } }).start())).message).toContain(text);
  });
});

describe('start errors', () => {
  it('results that are kept for no time', async () => {
    @TitanService({ name: 'shop' })
    class Shop {
      @Public({ cache: {} })
      price() {
        return 5;
      }
      @Public({ cache: { tags: ['shop'] } })
      tagged() {
        return 5;
      }
    }
    const error = await failure(
      createApp({ ...silent, config: free })
        .service(Shop)
        .start(),
    );
    expect(error.message).toBe('shop.price: cache requires a ttl in seconds, here or on the service');
  });

  it('a part of the platform from another copy of the package', async () => {
    const Other = { Logger: class Logger {} }.Logger;
    class Repo {
      static inject = [Other] as const;
      constructor(readonly logger: object) {}
    }
    class Own {
      static inject = [Logger, Other] as const;
      constructor(
        readonly one: object,
        readonly other: object,
      ) {}
    }
    const error = await failure(
      createApp(silent)
        .use(Repo as never)
        .use(Own as never)
        .start(),
    );
    expect(error.message).toContain('no provider for Logger');
    expect(error.message).toContain('from another copy of @omnitron-dev/titan (install one version), or your own (provide it)');
  });

  it('a service that shows nothing starts, and the log says so', async () => {
    const lines: { msg: string; service?: string }[] = [];
    const logger = { level: 'warn', destination: { write: (line: string) => lines.push(JSON.parse(line)) } } as const;
    @TitanService({ name: 'shop' })
    class Shop {
      price() {
        return 5;
      }
    }
    await using _ = await createApp({ ...silent, config: free, logger })
      .service(Shop)
      .start();
    expect(lines).toMatchObject([
      { service: 'shop@1.0.0', msg: 'the service has no public members, so it cannot be called; add @Public()' },
    ]);
  });
});

it('a method with one schema takes one argument, as one with a list takes as many as it has', async () => {
  const shop = defineContract({ name: 'shop', contract: { one: { input: z.string() }, two: { input: [z.string()] } } });
  const methods = { one: (text: string) => text, two: (text: string) => text };
  await using app = await createApp({
    ...silent,
    config: free,
    security: { authentication: new JwtAuthProvider({ secret: long, issuer: 'a' }) },
  })
    .service(defineTitanService({ ...shop, methods }))
    .start();
  const client = app.connectToService<Record<'one' | 'two', (...args: string[]) => Promise<string>>>('shop');
  expect([await client.one('a'), await client.two('a')]).toEqual(['a', 'a']);
  for (const member of ['one', 'two'] as const) {
    const error = await failure(client[member]('a', 'b'));
    expect(error).toMatchObject({ code: 'invalid_argument' });
    expect(error.message).toMatch(/expected 1 arguments?/);
  }
});
