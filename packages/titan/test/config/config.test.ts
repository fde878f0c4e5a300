import { createContainer } from '@omnitron-dev/nexus';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError, ConfigModule, configSection, NetronConfigSchema, type Schema } from '../../src/index.js';
import { base, env, file, inOwnFolder, object, problemsOf, schema, write } from './folder.js';

inOwnFolder();

describe('problems', () => {
  it('come all at once, with key, expectation, source and line, and without values', async () => {
    await write('config/app.yaml', 'name: [5]\ndb:\n  url: [7]\n  maxsise: 3\n  password: [hunter2]\n');
    const problems = await problemsOf(
      new ConfigModule({ base }).loadWithSchema({
        schema: schema.extend({ mode: z.enum(['dev', 'prod']), email: z.email(), port: z.number() }),
        sources: [file('config/app.yaml'), env({ APP_MODE: 'hunter2', APP_EMAIL: 'hunter2', APP_DEBUG: 'hunter2' })],
      }),
    );
    expect(problems.sort()).toEqual([
      'db.maxsise is not a known key; did you mean maxSize?; config/app.yaml:4',
      'db.password expected a string, got an array; config/app.yaml:5',
      'db.url expected a string, got an array; config/app.yaml:3',
      'debug expected a boolean, got a string; env APP_DEBUG',
      'email Invalid email address; env APP_EMAIL',
      'mode expected one of dev, prod; env APP_MODE',
      'name expected a string, got an array; config/app.yaml:1',
      'port missing; not in config/app.yaml, env APP_PORT',
    ]);
  });
  it('no library tells a value: those that quote it are cut', async () => {
    const quoting = v.object({
      mode: v.picklist(['dev']),
      count: v.pipe(v.string(), v.email()),
      pin: v.pipe(
        v.string(),
        v.check(
          (text) => text === '',
          (issue) => `bad ${issue.input}`,
        ),
      ),
    });
    const problems = await problemsOf(
      new ConfigModule({ base }).loadWithSchema({
        schema: quoting,
        sources: [object({ mode: 'hunter2', count: 'hunter2', pin: 'hunter2' })],
      }),
    );
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).not.toContain('hunter2');
    expect(problems.join('\n')).toContain('pin bad …; object');
  });
  it('a message of any length, or beside many values, is not read for them', async () => {
    const long = (message: string) =>
      z.object({
        list: z.array(z.string()).check(({ value, issues }) => void issues.push({ code: 'custom', input: value, message })),
      });
    const load = (message: string, list: string[]) =>
      problemsOf(new ConfigModule({ base }).loadWithSchema({ schema: long(message), sources: [object({ list })] }));
    expect(await load(`${' '.repeat(2_000)}hunter2`, ['hunter2'])).toEqual(['list is not valid; object']);
    expect(
      await load(
        'bad hunter2',
        Array.from({ length: 2_000 }, () => 'hunter2'),
      ),
    ).toEqual(['list is not valid; object']);
    expect(await load('bad hunter2', ['hunter2'])).toEqual(['list bad …; object']);
  });
  it('of several sections come together', async () => {
    const config = new ConfigModule({ base });
    await config.load([object({ db: { url: 1 }, mail: { from: 2 } })]);
    const sections = ['db', 'mail'].map((path) =>
      configSection(path, z.object({ [path === 'db' ? 'url' : 'from']: z.string() })),
    );
    expect(await problemsOf(config.check(sections))).toEqual([
      'db.url expected a string, got a number; object',
      'mail.from expected a string, got a number; object',
    ]);
  });
});

describe('sections', () => {
  const DB = configSection('db', z.object({ url: z.string(), pool: z.number().default(10) }));
  it('are schema and token in one', async () => {
    const config = new ConfigModule({ base });
    await config.load([object({ db: { url: 'u' } })]);
    await config.check([DB]);
    class Repo {
      static inject = [DB] as const;
      constructor(readonly db: { url: string; pool: number }) {}
    }
    const container = createContainer([Repo, { provide: ConfigModule, useValue: config }]);
    expect(container.get(Repo).db).toEqual({ url: 'u', pool: 10 });
    expect(config.get('db.pool')).toBe(10);
  });
  it('may have a file of their own, with or without their name', async () => {
    for (const text of ['db:\n  url: mine\n', 'url: mine\n']) {
      await write('config/db.yaml', text);
      const config = new ConfigModule({ base });
      const typed = await config.loadWithSchema({
        schema: DB,
        sources: [file('./config/db.yaml'), env({ DB_POOL: '3' }, 'DB_')],
      });
      expect(typed.get()).toEqual({ url: 'mine', pool: 3 });
      expect(typed.get('pool')).toBe(3);
      expect(config.get('db.url')).toBe('mine');
      expect(config.explain().find(({ key }) => key === 'db.pool')).toMatchObject({ value: 3, source: 'env DB_POOL' });
    }
  });
  it('TI-15, TI-17: the section netron of files and variables', async () => {
    await write(
      'config/netron.yaml',
      'id: node-1\ntransports:\n  tcp: { port: 1 }\n  websocket: true\ndiscovery:\n  enabled: true\n',
    );
    const config = new ConfigModule({ base });
    const variables = {
      NETRON_TRANSPORTS__TCP__PORT: '9001',
      NETRON_REQUEST_TIMEOUT: '500',
      NETRON_DISCOVERY__REDIS__PASSWORD: 'hunter2',
      NETRON_SERVICE_HOST: 'ignored',
    };
    await config.loadWithSchema({
      schema: NetronConfigSchema,
      sources: [
        { type: 'file', path: './config/netron.yaml' },
        { type: 'env', prefix: 'NETRON_', env: variables },
      ],
    });
    expect(config.get('netron')).toEqual({
      id: 'node-1',
      transports: { tcp: { port: 9001 }, websocket: true },
      discovery: { enabled: true, redis: { password: 'hunter2' } },
      requestTimeout: 500,
    });
    expect(JSON.stringify(config.explain())).not.toContain('hunter2');
    const wrong = { port: 'no', transprots: {}, requestTimeout: -1, logLevel: 'loud', listenPort: 70_000 };
    expect(await problemsOf(new ConfigModule().loadWithSchema({ schema: NetronConfigSchema, sources: [object(wrong)] }))).toEqual(
      [
        'netron.transprots is not a known key; did you mean transports?; object',
        'netron.port expected an integer, got a string; object',
        'netron.requestTimeout expected at least 0; object',
        'netron.logLevel expected one of debug, info, warn, error, silent; object',
        'netron.listenPort expected at most 65535; object',
      ],
    );
  });
  it('a missing key of a section is told with the place where each source would have it', async () => {
    const mail = configSection('mail.smtp', z.object({ replyTo: z.string() }));
    const config = new ConfigModule();
    await config.load(
      [
        { type: 'env', prefix: 'APP_', env: {} },
        { type: 'args', args: [] },
      ],
      [mail],
    );
    expect(await problemsOf(config.check([mail]))).toEqual([
      'mail.smtp.replyTo missing; not in env APP_MAIL__SMTP__REPLY_TO, --mail.smtp.replyTo',
    ]);
  });
  it('a missing key is not looked for in the files of a section with a similar name', async () => {
    await write('db.yaml', 'url: x\n');
    const config = new ConfigModule({ base });
    const [db, dbs] = [configSection('db', z.object({ url: z.string() })), configSection('dbs', z.object({ url: z.string() }))];
    await config.loadWithSchema({ schema: db, sources: [file('db.yaml')] });
    const error = await config.check([dbs]).catch((thrown: ConfigError) => thrown);
    expect((error as ConfigError).problems).toEqual([{ key: 'dbs.url', text: 'missing', where: '' }]);
  });
  it('two schemas for one path are refused', async () => {
    const config = new ConfigModule({ base });
    await config.loadWithSchema({ schema: DB, sources: [object({ url: 'u' })] });
    await expect(config.loadWithSchema({ schema: configSection('db', z.object({})), sources: [] })).rejects.toMatchObject({
      code: 'invalid_use',
    });
  });
});

const thrown = (text: string): never => {
  throw new Error(text);
};
/** A schema that rejects. */
const later: Schema = { '~standard': { version: 1, vendor: 'test', validate: async () => thrown('hunter2') } };

describe('schemas that throw', () => {
  it.each([
    ['of zod', z.object({ a: z.string().transform(() => thrown('hunter2')) }), 'fails.a cannot be validated; object'],
    ['later', later, 'fails cannot be validated: the schema throws; object'],
  ])('%s refuse what they were given, without its text, beside all other problems', async (_, broken, problem) => {
    const [fails, other] = [configSection('fails', broken), configSection('other', z.object({ n: z.number() }))];
    const config = new ConfigModule();
    await config.load([object({ fails: { a: 'hunter2' }, other: { n: 'many' } })], [fails, other]);
    expect(await problemsOf(config.check([fails, other]))).toEqual([problem, 'other.n expected a number, got a string; object']);
  });
});
describe('explain', () => {
  it('tells where each key came from and what it replaced, and hides secrets', async () => {
    await write('a.yaml', 'db:\n  url: redis://me:hunter2@host:1/0\n  password: hunter2\n  maxSize: 4\n');
    const config = new ConfigModule({ base });
    const secret = schema.extend({ pin: z.string().meta({ format: 'password' }) });
    await config.loadWithSchema({
      schema: secret,
      sources: [object({ db: { maxSize: 1 }, pin: 'hunter2' }), file('a.yaml'), env({ APP_DB__MAX_SIZE: '9' })],
    });
    const lines = Object.fromEntries(config.explain().map(({ key, ...line }) => [key, line]));
    expect(lines).toEqual({
      'db.maxSize': { value: 9, source: 'env APP_DB__MAX_SIZE', replaced: ['a.yaml', 'object'] },
      'db.url': { value: 'redis://me:***@host:1/0', source: 'a.yaml', line: 2, replaced: [] },
      'db.password': { value: '***', source: 'a.yaml', line: 3, replaced: [] },
      pin: { value: '***', source: 'object', replaced: [] },
      name: { value: 'unnamed', source: 'default', replaced: [] },
      tags: { value: [], source: 'default', replaced: [] },
      debug: { value: false, source: 'default', replaced: [] },
    });
  });

  it('hides secrets wherever they stand: in lists, in JSON, in objects of classes, in each form of a value', async () => {
    const hidden = z.string().meta({ format: 'password' });
    const config = new ConfigModule();
    await config.loadWithSchema({
      schema: z.object({
        users: z.array(z.object({ name: z.string(), code: hidden })),
        pair: z.tuple([z.string(), hidden]),
        either: z.union([z.object({ a: z.string() }), z.object({ a: hidden, b: z.string() })]),
        maybe: hidden.nullable(),
        json: z.object({ password: z.string(), port: z.number() }),
        rest: z.any(),
      }),
      sources: [
        object({
          users: [{ name: 'ada', code: 'hunter2' }],
          pair: ['open', 'hunter2'],
          either: { a: 'hunter2', b: 'open' },
          maybe: 'hunter2',
          rest: {
            users: [{ name: 'ada', password: 'hunter2', list: [['redis://me:hunter2@host', { apiKey: 'hunter2' }]] }],
            url: new URL('https://me:hunter2@host/'),
            headers: new Map([['proxy-authorization', 'hunter2']]),
          },
        }),
        env({ APP_JSON: '{"password":"hunter2","port":5}' }),
      ],
    });
    const raw = new ConfigModule();
    await raw.load([env({ APP_DB: '{"password":"hunter2","port":5}', APP_TEXT: '{no JSON' })]);
    const lines = [...config.explain(), ...raw.explain()];
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(Object.fromEntries(lines.map(({ key, value }) => [key, value]))).toEqual({
      users: [{ name: 'ada', code: '***' }],
      pair: ['open', '***'],
      'either.a': '***',
      'either.b': 'open',
      maybe: '***',
      'rest.users': [{ name: 'ada', password: '***', list: [['redis://me:***@host', { apiKey: '***' }]] }],
      'rest.url': 'https://me:***@host/',
      'rest.headers': { 'proxy-authorization': '***' },
      json: { password: '***', port: 5 },
      db: '{"password":"***","port":5}',
      text: '{no JSON',
    });
    expect(config.get('rest.users.0.password')).toBe('hunter2');
  });
  it.each([
    ['redis://me:hunter2@host', 'redis://me:***@host'],
    ['redis://:hun@ter2@a:1,redis://:hunter2@b:2', 'redis://:***@a:1,redis://:***@b:2'],
    ['https://hunter2@host/path', 'https://***@host/path'],
    ['ssh://git@host/path', 'ssh://git@host/path'],
    ['https://host/?page=2&api_key=hunter2&token=hunter2#top', 'https://host/?page=2&api_key=***&token=***#top'],
    ['Server=db;User Id=me; Password = hunter2 x;Pwd="hunter2"', 'Server=db;User Id=me; Password = ***;Pwd=***'],
    ['password=hunter2;server=db', 'password=***;server=db'],
    ['key=5 was found', 'key=5 was found'],
    ['a@b.example, http://host:80/x@y', 'a@b.example, http://host:80/x@y'],
  ])('shows %s as %s', async (given, shown) => {
    const config = new ConfigModule();
    await config.load([object({ at: given })]);
    expect(config.explain()[0]?.value).toBe(shown);
  });
  it.each(['pwd', 'dbPwd', 'passcode', 'pin', 'bearer', 'authorization', 'proxy-authorization'])('hides %s', async (key) => {
    const config = new ConfigModule();
    await config.load([object({ [key]: 'hunter2', spin: 1, authorizations: 2 })]);
    expect(config.explain().map(({ value }) => value)).toEqual(['***', 1, 2]);
  });
});
