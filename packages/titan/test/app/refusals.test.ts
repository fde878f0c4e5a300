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
      "config takes keys with values, such as { netron: { port: 8080 } }; files and variables go into the option 'sources', not 'config/app.yaml'",
    ],
    ['sources as configuration', () => createApp({ config: [{ type: 'file' }] }), "go into the option 'sources', not a list"],
    ['a source that is a text', () => createApp({ sources: untyped('app.yaml') }), 'sources takes a list of sources, such as'],
    ['a list of texts as sources', () => createApp({ sources: [untyped('app.yaml')] }), 'sources[0] takes a source, such as'],
    [
      'a file without a path',
      () => createApp({ sources: [untyped({ type: 'file' })] }),
      'sources[0].path takes the path of a file, not undefined',
    ],
    [
      'an object without a value',
      () => createApp({ sources: [untyped({ type: 'object' })] }),
      'sources[0].value takes keys with values, not undefined',
    ],
    [
      'variables that are none',
      () => createApp({ sources: [untyped({ type: 'env', env: 'A=1' })] }),
      "sources[0].env takes variables by name, not 'A=1'",
    ],
    [
      'a function as service',
      () => createApp().service(() => 1),
      'service takes a class, or an object such as defineTitanService gives, not a function',
    ],
    [
      'a name that is a number',
      () => TitanService({ name: untyped(5) }),
      'a service: name takes the name of a service, such as users or users@1.0.0, not 5',
    ],
    [
      'no name',
      () => TitanService(untyped({})),
      'a service: name takes the name of a service, such as users or users@1.0.0, not null',
    ],
    [
      'a version that is a number',
      () => TitanService({ name: 'a', version: untyped(2) }),
      "service 'a': version takes a version, such as 1.0.0, not 2",
    ],
    [
      'a contract without a name',
      () => defineContract(untyped({ contract: {} })),
      'defineContract: name takes the name of a service',
    ],
    [
      'a contract that is a list',
      () => defineContract({ name: 'a', contract: untyped([]) }),
      "contract 'a' takes a contract with methods by name",
    ],
    [
      'a service without a contract',
      () => defineTitanService(untyped({ name: 'a', methods: {} })),
      "service 'a' takes a contract with methods by name",
    ],
    [
      'an input that is no schema',
      () => defineContract({ name: 'a', contract: { b: { input: untyped('text') } } }),
      "contract 'a': b.input takes a schema of a library that follows Standard Schema, such as zod, not 'text'",
    ],
    [
      'an output that is no schema',
      () => defineContract({ name: 'a', contract: { b: { output: untyped(Number) } } }),
      "contract 'a': b.output takes a schema of a library that follows Standard Schema, such as zod, not a function",
    ],
    ['@Validate without a schema', () => Validate({ input: [z.string(), untyped(null)] }), '@Validate: input takes a schema'],
    ['a section without a schema', () => configSection('db', untyped(undefined)), "configSection 'db' takes a schema"],
    ['a long name', () => TitanService({ name: long, auth: untyped('x') }), `service ${beginning}: auth takes`],
    ['a long name of a client', () => createApp().connectToService(`${long}@1`), `${beginning} is no name of a service`],
    ['a role that is a number', () => RequireRole([untyped(5)]), '@RequireRole takes a list of texts; 5 is none'],
    ['no role', () => RequireRole([]), '@RequireRole takes at least one role'],
    ['no role as an option', () => Public({ auth: { roles: [] } }), '@Public: auth.roles takes at least one role'],
    [
      'no right',
      () => Public({ auth: { permissions: [] } }),
      "@Public: auth.permissions takes at least one right, such as 'users:read'",
    ],
    ['no limit', () => RateLimit({}), 'rateLimit takes { rpm } or { limit, window }; neither is there'],
    ['two limits', () => RateLimit({ rpm: 1, limit: 1 }), 'rateLimit takes { rpm } or { limit, window }; both are there'],
    ['providers that are none', () => createApp({ security: { authentication: {} } }), 'security.authentication has no provider'],
    [
      'a list of no providers',
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
    ['nothing', {}, 'loadWithSchema: schema takes a schema'],
    ['no sources', { schema: z.object({}) }, 'loadWithSchema: sources takes a list of sources'],
    ['no schema', { sources: [] }, 'loadWithSchema: schema takes a schema'],
  ])('loading with %s', async (_, options, text) => {
    expect((await failure(new ConfigModule().loadWithSchema(untyped(options)))).message).toContain(text);
  });

  it.each([
    [Number('abc'), 'netron.port expected a whole number, got NaN'],
    [Number.POSITIVE_INFINITY, 'netron.port expected a whole number, got Infinity'],
    [80.5, 'netron.port expected a whole number, got a number with a fraction'],
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
    expect(error.message).toBe('shop.price: cache needs a ttl in seconds, here or at the service');
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
    expect(error.message).toContain(
      'of another copy of @omnitron-dev/titan (install one version), or one of your own (provide it)',
    );
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
      { service: 'shop@1.0.0', msg: 'nobody can call this service: none of its members is public; add @Public()' },
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
