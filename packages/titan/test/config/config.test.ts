import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContainer } from '@omnitron-dev/nexus';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  ConfigError,
  ConfigModule,
  type ConfigSource,
  configSection,
  defineConfig,
  NetronConfigSchema,
  TitanError,
} from '../../src/index.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'titan-config-'));
});
afterEach(() => rm(base, { recursive: true }));
const write = async (name: string, text: string) => {
  await mkdir(join(base, name, '..'), { recursive: true });
  await writeFile(join(base, name), text);
};
const file = (path: string): ConfigSource => ({ type: 'file', path });
const object = (value: object): ConfigSource => ({ type: 'object', value });
const env = (env: Record<string, string>, prefix = 'APP_'): ConfigSource => ({ type: 'env', prefix, env });

async function problemsOf(action: Promise<unknown>): Promise<string[]> {
  const error = await action.then(
    () => expect.unreachable('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  expect(TitanError.is(error) && error.code).toBe('invalid_config');
  return (error as Error).message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

const schema = z.object({
  name: z.string().default('unnamed'),
  db: z.object({ url: z.string(), maxSize: z.number().int().optional(), password: z.string().optional() }),
  tags: z.array(z.string()).default([]),
  debug: z.boolean().default(false),
});

describe('sources', () => {
  it('are merged in the order of the list, key by key; lists are replaced', async () => {
    await write('config/app.yaml', 'db:\n  url: from-file\n  maxSize: 5\ntags: [a, b]\n');
    const config = new ConfigModule({ base });
    const typed = await config.loadWithSchema({
      schema,
      sources: [
        object({ name: 'code', db: { url: 'code' }, tags: ['x'] }),
        file('config/app.yaml'),
        env({ APP_DB__URL: 'from-env', OTHER: 'ignored' }),
        { type: 'args', args: ['serve', '--db.max-size', '7', '--debug'] },
      ],
    });
    expect(typed.get()).toEqual({ name: 'code', db: { url: 'from-env', maxSize: 7 }, tags: ['a', 'b'], debug: true });
    expect(typed.get('db.maxSize')).toBe(7);
    expect(config.get('db.url')).toBe('from-env');
    expect([config.get('db.nothing'), config.get('nothing.at.all'), config.has('db'), config.has('dc')]).toEqual([
      undefined,
      undefined,
      true,
      false,
    ]);
  });
  it('YAML, JSON, TOML and modules say the same', async () => {
    await write('a.yaml', '# text\ndb: &d\n  url: u\n  maxSize: 3\ncopy:\n  <<: *d\n  url: other\n');
    await write('a.json', '{ "db": { "url": "u", "maxSize": 3 }, "copy": { "url": "other", "maxSize": 3 } }');
    await write('a.toml', 'db = { url = "u", maxSize = 3 }\n[copy]\nurl = "other"\nmaxSize = 3\n');
    await write('a.mjs', 'export default async () => ({ db: { url: "u", maxSize: 3 }, copy: { url: "other", maxSize: 3 } });');
    await write(
      'a.ts',
      'const copy: { url: string; maxSize: number } = { url: "other", maxSize: 3 };\nexport default { db: { url: "u", maxSize: 3 }, copy };',
    );
    for (const name of ['a.yaml', 'a.json', 'a.toml', 'a.mjs', 'a.ts']) {
      const config = new ConfigModule({ base });
      await config.load([file(name)]);
      expect(config.get(), name).toEqual({ db: { url: 'u', maxSize: 3 }, copy: { url: 'other', maxSize: 3 } });
    }
    expect(defineConfig({ a: 1 })).toEqual({ a: 1 });
  });

  it('of aliases of aliases stop at a bound, those that nest without end are named', async () => {
    const names = [...'abcdefgh'];
    const lines = names.map((name, at) => `${name}: &${name} [${Array(9).fill(at ? `*${names[at - 1]}` : 'x')}]`);
    await write('a.yaml', lines.join('\n'));
    await write('b.yaml', 'db: &d { url: x, me: *d }\n');
    const problems = await problemsOf(new ConfigModule({ base }).load(['a.yaml', 'b.yaml'].map(file)));
    expect(problems[0]).toMatch(/^a\.yaml:\d has aliases for more than 10000 values$/);
    expect(problems[1]).toBe('b.yaml:1 an alias refers to itself or to nothing');
  });
  it('a missing file is a problem unless it is optional, and an empty one is none', async () => {
    await write('empty.yaml', '# nothing yet\n');
    const config = new ConfigModule({ base });
    expect(await problemsOf(config.load([file('none.yaml'), file('none.toml')]))).toEqual([
      'none.yaml no such file',
      'none.toml no such file',
    ]);
    await config.load([{ type: 'file', path: 'none.yaml', optional: true }, file('empty.yaml')]);
    expect(config.get()).toEqual({});
  });
  it('what cannot be read is named with its line, all at once, without any of its text', async () => {
    await write('a.yaml', 'a: 1\nb: "hunter2\n');
    await write('b.json', '{\n  "a": 1,\n  "b": hunter2\n}');
    await write('c.toml', 'a = 1\nb = hunter2\n');
    await write('d.mjs', 'export const a = 1;');
    await write('e.ini', 'a=1');
    await write('f.yaml', '- a\n- b\n');
    const problems = await problemsOf(
      new ConfigModule({ base }).load(['a.yaml', 'b.json', 'c.toml', 'd.mjs', 'e.ini', 'f.yaml'].map(file)),
    );
    expect(problems).toHaveLength(6);
    expect(problems[0]).toMatch(/^a\.yaml:[23] is not YAML/);
    expect(problems[1]).toBe('b.json:3 is not JSON');
    expect(problems[2]).toBe('c.toml:2 is not TOML');
    expect(problems[3]).toBe('d.mjs has no default export');
    expect(problems[4]).toContain("e.ini '.ini' is no kind of configuration");
    expect(problems[5]).toBe('expected keys with values; f.yaml');
    expect(problems.join()).not.toContain('hunter2');
  });
  it('a path that is no file is a problem of its own, without what a file would hold', async () => {
    await mkdir(join(base, 'folder.yaml'), { recursive: true });
    const problems = await problemsOf(new ConfigModule({ base }).load([file('folder.yaml'), file('none.json')]));
    expect(problems).toEqual([expect.stringMatching(/^folder\.yaml /), 'none.json no such file']);
  });
  it('text becomes a number, a boolean or a list only where the schema says so (G94)', async () => {
    const types = z.object({
      zip: z.string(),
      version: z.string(),
      count: z.number(),
      either: z.union([z.string(), z.number()]),
      flag: z.boolean(),
      list: z.array(z.number()),
      names: z.array(z.string()),
      nested: z.object({ deep: z.number() }),
      nothing: z.number().nullable(),
    });
    const text = {
      ZIP: '00123',
      VERSION: '1.10',
      COUNT: '1e3',
      EITHER: '5',
      FLAG: 'TRUE',
      LIST: '1, 2',
      NAMES: '["a,b"]',
      NESTED: '{"deep":1}',
      NOTHING: '',
    };
    const config = await new ConfigModule({ base }).loadWithSchema({ schema: types, sources: [env(text, '')] });
    const wanted = {
      zip: '00123',
      version: '1.10',
      count: 1000,
      either: '5',
      flag: true,
      list: [1, 2],
      names: ['a,b'],
      nested: { deep: 1 },
      nothing: null,
    };
    expect(config.get()).toEqual(wanted);
    await write(
      'a.yaml',
      'zip: 00123\nversion: 1.10\ncount: 1e3\neither: "5"\nflag: true\nlist: [1, 2]\nnames: ["a,b"]\nnested: { deep: 1 }\nnothing: null\n',
    );
    const read = await new ConfigModule({ base }).loadWithSchema({ schema: types, sources: [file('a.yaml')] });
    expect(read.get()).toEqual(wanted);
    const untyped = new ConfigModule({ base });
    await untyped.load([file('a.yaml'), env({ APP_PORT: '80' })]);
    expect([untyped.get('zip'), untyped.get('nested.deep'), untyped.get('port')]).toEqual(['00123', 1, '80']);
  });
  it('keys such as __proto__ are keys and nothing else (A12)', async () => {
    await write('a.json', '{ "__proto__": { "polluted": true }, "constructor": { "prototype": { "polluted": true } } }');
    const config = new ConfigModule({ base });
    await config.load([file('a.json'), env({ APP___PROTO____POLLUTED: 'true' })]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(config.get('toString')).toBeUndefined();
  });
});

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
      'db.maxsise is not a known key, did you mean maxSize?; config/app.yaml:4',
      'db.password expected text, got a list; config/app.yaml:5',
      'db.url expected text, got a list; config/app.yaml:3',
      'debug expected true or false, got text; env APP_DEBUG',
      'email Invalid email address; env APP_EMAIL',
      'mode expected one of dev, prod; env APP_MODE',
      'name expected text, got a list; config/app.yaml:1',
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
      'db.url expected text, got number; object',
      'mail.from expected text, got number; object',
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
        'netron.transprots is not a known key, did you mean transports?; object',
        'netron.port expected a whole number, got text; object',
        'netron.requestTimeout expected at least 0; object',
        'netron.logLevel expected one of debug, info, warn, error, silent; object',
        'netron.listenPort expected at most 65535; object',
      ],
    );
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
});

describe('watching', () => {
  const counting = z.object({ n: z.number() });
  /** The next change of `n`. */
  const next = (config: ConfigModule) =>
    new Promise<number>((resolve) => {
      const off = config.onChange('n', () => {
        off();
        resolve(config.get('n'));
      });
    });

  it('sees a file written in place, replaced by another, and reached by a swapped link (G94)', async () => {
    await write('v1/app.yaml', 'n: 1\n');
    await write('v2/app.yaml', 'n: 4\n');
    await symlink('v1', join(base, 'current'));
    await using config = new ConfigModule({ base });
    await config.loadWithSchema({ schema: counting, sources: [file('current/app.yaml')], watch: true });
    let heard = next(config);
    await write('v1/app.yaml', 'n: 2\n');
    expect(await heard).toBe(2);
    heard = next(config);
    await write('v1/new.yaml', 'n: 3\n');
    await rename(join(base, 'v1/new.yaml'), join(base, 'v1/app.yaml'));
    expect(await heard).toBe(3);
    heard = next(config);
    await symlink('v2', join(base, 'swap'));
    await rename(join(base, 'swap'), join(base, 'current'));
    expect(await heard).toBe(4);
    heard = next(config);
    await write('v2/app.yaml', 'n: 5\n');
    expect(await heard).toBe(5);
  });
  it('a broken version leaves what was there, and says what is wrong', async () => {
    await write('app.yaml', 'n: 1\n');
    const failed: unknown[] = [];
    let told = () => {};
    const error = new Promise<void>((resolve) => {
      told = resolve;
    });
    await using config = new ConfigModule({
      base,
      onError: (thrown) => {
        failed.push(thrown);
        told();
      },
    });
    await config.loadWithSchema({ schema: counting, sources: [file('app.yaml')], watch: true });
    await write('broken.yaml', 'n: text\n');
    await rename(join(base, 'broken.yaml'), join(base, 'app.yaml'));
    await error;
    expect(failed[0]).toBeInstanceOf(ConfigError);
    expect(config.get('n')).toBe(1);
    const heard = next(config);
    await write('good.yaml', 'n: 2\n');
    await rename(join(base, 'good.yaml'), join(base, 'app.yaml'));
    expect(await heard).toBe(2);
  });
  it('hears only what changed, and a listener that throws keeps none from it', async () => {
    const value = { a: 1, b: { c: 1 } };
    const config = new ConfigModule({ base });
    await config.load([object(value)]);
    const heard: string[] = [];
    config.onChange('', () => {
      throw new Error('no');
    });
    for (const path of ['a', 'b', 'b.c', 'd']) config.onChange(path, () => heard.push(path));
    await config.load([object({ b: { c: 2 } })]);
    expect(heard).toEqual(['b', 'b.c']);
  });
});
