import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { resolvePath } from '../../src/config/convert.js';
import { ConfigModule, type ConfigSource, defineConfig, NetronConfigSchema } from '../../src/index.js';
import { base, env, file, inOwnFolder, object, problemsOf, schema, write } from './folder.js';

inOwnFolder();

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
    expect(problems[1]).toBe('b.yaml:1 an alias refers to itself or to an unknown anchor');
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
    expect(problems[0]).toMatch(/^a\.yaml:[23] is not valid YAML/);
    expect(problems[1]).toBe('b.json:3 is not valid JSON');
    expect(problems[2]).toBe('c.toml:2 is not valid TOML');
    expect(problems[3]).toBe('d.mjs has no default export');
    expect(problems[4]).toContain("e.ini unsupported extension '.ini'");
    expect(problems[5]).toBe('expected an object; f.yaml');
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

describe('one source that says two things', () => {
  it.each<[string, ConfigSource, string]>([
    [
      'a variable and one below it',
      env({ APP_DB: 'postgres://a', APP_DB__URL: 'postgres://b' }),
      'env APP_* APP_DB__URL and APP_DB conflict: one sets a value, the other sets keys below it',
    ],
    [
      'an argument and one below it, in either order',
      { type: 'args', args: ['--db.url=b', '--db=a'] },
      'arguments --db and --db.url conflict: one sets a value, the other sets keys below it',
    ],
  ])('is refused: %s', async (_, source, text) => {
    const config = new ConfigModule({ base });
    expect(await problemsOf(config.loadWithSchema({ schema, sources: [source] }))).toContain(text);
  });

  it('not by a variable of the platform that has the name of a section', async () => {
    const schema = z.object({ user: z.object({ role: z.string().optional() }).default({}), home: z.string().optional() });
    const load = (variables: Record<string, string>) =>
      new ConfigModule({ base }).loadWithSchema({ schema, sources: [env(variables, '')] });
    expect((await load({ USER: 'root', USER__ROLE: 'admin', HOME: '/root' })).get()).toEqual({
      user: { role: 'admin' },
      home: '/root',
    });
    expect((await load({ USER: 'root' })).get()).toEqual({ user: {} });
    expect((await load({ USER: '{"role":"admin"}' })).get()).toEqual({ user: { role: 'admin' } });
  });

  it('two sources may: the later one counts', async () => {
    const config = new ConfigModule({ base });
    const read = await config.loadWithSchema({ schema, sources: [env({ APP_DB: 'a' }), env({ APP_DB__URL: 'b' })] });
    expect(read.get('db')).toEqual({ url: 'b' });
  });

  it('an argument without a value is no text: it is refused, by its name, where one is wanted', async () => {
    const args = (...args: string[]): ConfigSource => ({ type: 'args', args });
    const read = (given: ConfigSource) => new ConfigModule({ base }).loadWithSchema({ schema, sources: [given] });
    for (const [flags, name] of [
      [['--db.url', '--debug'], 'db.url'],
      [['--no-db.url'], 'no-db.url'],
    ] as const)
      expect(await problemsOf(read(args(...flags)))).toEqual([`db.url expected a string, got no value; argument --${name}`]);
    expect(await problemsOf(read(args('--db.url=a', '--db.max-size')))).toEqual([
      'db.maxSize expected an integer, got no value; argument --db.max-size',
    ]);
    expect((await read(args('--db.url=true', '--debug'))).get()).toMatchObject({ db: { url: 'true' }, debug: true });
    expect((await read(args('--db.url', 'a', '--no-debug'))).get()).toMatchObject({ db: { url: 'a' }, debug: false });
    const untyped = new ConfigModule({ base });
    await untyped.load([args('--verbose', '--no-color')]);
    expect([untyped.get('verbose'), untyped.get('color')]).toEqual([true, false]);
  });

  it('a key that is named as a prototype is refused also where any key may be', async () => {
    const open = z.object({ labels: z.record(z.string(), z.string()) });
    const args = ['--labels.a=b', '--labels.__proto__=x'];
    expect(
      await problemsOf(new ConfigModule({ base }).loadWithSchema({ schema: open, sources: [{ type: 'args', args }] })),
    ).toEqual(['labels.__proto__ is not a known key; argument --labels.__proto__']);
  });

  it('an argument with the name of a prototype is named as others are', async () => {
    const config = new ConfigModule({ base });
    const args = ['--db.url=a', '--__proto__.x=1', '--unknown=1'];
    const problems = await problemsOf(config.loadWithSchema({ schema: schema.strict(), sources: [{ type: 'args', args }] }));
    expect(problems.filter((line) => line.includes('argument --__proto__.x'))).toHaveLength(1);
    expect(problems.filter((line) => line.includes('argument --unknown'))).toHaveLength(1);
  });
});

it('keys that begin or end with underscores stay as they are given', () => {
  const path = (...segments: string[]) => resolvePath(segments, undefined, undefined).path;
  expect(path('__proto__', 'x')).toEqual(['__proto__', 'x']);
  expect(path('_PRIVATE', 'MAX_SIZE', 'max-size')).toEqual(['_private', 'maxSize', 'maxSize']);
});

it('a word for a flag is one where a flag may be, beside texts too', async () => {
  await write('a.yaml', 'discovery: false\nremoteEvents: true\n');
  const load = async (...sources: ConfigSource[]) => {
    const config = new ConfigModule({ base });
    await config.loadWithSchema({ schema: NetronConfigSchema, sources });
    return config.get('netron');
  };
  const variables = (env: Record<string, string>): ConfigSource => ({ type: 'env', prefix: 'NETRON_', env });
  expect(await load(variables({ NETRON_DISCOVERY: 'false', NETRON_HTTP: 'TRUE' }))).toEqual({ discovery: false, http: true });
  expect(await load({ type: 'args', args: ['--discovery=true'] })).toEqual({ discovery: true });
  expect(await load(file('a.yaml'))).toEqual({ discovery: false, remoteEvents: true });
  expect(await load(variables({ NETRON_DISCOVERY: 'redis://host' }))).toEqual({ discovery: 'redis://host' });
  await write('b.yaml', 'discovery: "true"\n');
  expect(await load(file('b.yaml'))).toEqual({ discovery: 'true' });
});

it.each([
  ['true', true],
  ['false', false],
  ['2', 2],
  ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
  ['10.0.0.7', ['10.0.0.7']],
])('a variable says which proxies are trusted: %s', async (said, trustProxy) => {
  const config = new ConfigModule({ base });
  const source: ConfigSource = { type: 'env', prefix: 'NETRON_', env: { NETRON_HTTP__TRUST_PROXY: said } };
  await config.loadWithSchema({ schema: NetronConfigSchema, sources: [source] });
  expect(config.get('netron')).toEqual({ http: { trustProxy } });
});

it('problems in a list or an object that came as one text name the text', async () => {
  const wanted = z.object({
    ports: z.array(z.number()),
    db: z.object({ url: z.string() }),
    users: z.array(z.object({ name: z.string() })),
  });
  await write('a.yaml', 'users:\n  - nam: ada\n');
  const config = new ConfigModule({ base });
  const sources = [file('a.yaml'), env({ APP_PORTS: '1,x', APP_DB: '{"uri":5}' })];
  expect(await problemsOf(config.loadWithSchema({ schema: wanted, sources }))).toEqual([
    'users.0.nam is not a known key; did you mean name?; a.yaml:2',
    'ports.1 expected a number, got a string; env APP_PORTS',
    'db.url missing; env APP_DB',
    'users.0.name missing; a.yaml:2',
  ]);
});
