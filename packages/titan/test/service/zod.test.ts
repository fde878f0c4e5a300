import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import { ConfigModule, createApp, defineTitanService } from '../../src/index.js';
import type { Schema } from '../../src/schema/schema.js';
import { validatorOf } from '../../src/schema/validator.js';
import { guarded } from '../../src/schema/zod-guard.js';
import { peerOf, quiet, refusal, running } from './contract.js';

/** A store that is away: what asks it rejects, some time later. */
let asked = 0;
const ask = (text: unknown): Promise<boolean> => {
  asked += 1;
  return Promise.reject(new Error(`hunter2 ${String(text)}`));
};
const thrower = (text: unknown): never => {
  throw new Error(`hunter2 ${String(text)}`);
};
const knows = async (text: unknown) => text === 'right';

interface Tree {
  name: string;
  children: Tree[];
}
const tree: z.ZodType<Tree> = z.object({
  name: z.string().refine(ask),
  get children() {
    return z.array(tree);
  },
});
const list: z.ZodType = z.lazy(() => z.union([z.string().refine(ask), z.array(list)]));

/** Schemas that ask the store, with values that make them do so. */
const asking: Record<string, { readonly schema: Schema; readonly value: unknown }> = {
  'a check': { schema: z.string().refine(ask), value: 'a' },
  'several checks of one value': { schema: z.string().refine(ask).refine(ask).refine(ask), value: 'a' },
  'a check behind a right one': {
    schema: z
      .string()
      .refine(async () => true)
      .refine(ask)
      .refine(ask),
    value: 'a',
  },
  'checks beside one that throws': {
    schema: z.object({ a: z.string().refine(ask), b: z.string().refine(thrower), c: z.array(z.string().refine(ask)) }),
    value: { a: 'a', b: 'b', c: ['c', 'd'] },
  },
  superRefine: { schema: z.string().superRefine(async (text) => void (await ask(text))), value: 'a' },
  'check()': { schema: z.string().check(async ({ value }) => void (await ask(value))), value: 'a' },
  'a check of mini': { schema: mini.string().check(mini.refine(ask), mini.refine(ask)), value: 'a' },
  'a transform': { schema: z.string().transform(ask), value: 'a' },
  'a transform that throws beside a check': {
    schema: z.tuple([z.string().refine(ask), z.string().transform(thrower)]),
    value: ['a', 'b'],
  },
  preprocess: { schema: z.preprocess(ask, z.string()), value: 'a' },
  'a codec': { schema: z.codec(z.string(), z.string(), { decode: ask as never, encode: (text) => text }), value: 'a' },
  'a type of the program': { schema: z.custom(ask), value: 'a' },
  'a property': { schema: z.array(z.string()).check(z.property('length', z.number().refine(ask))), value: ['a'] },
  'an optional part': { schema: z.object({ a: z.string().refine(ask).optional() }), value: { a: 'a' } },
  'values by key': { schema: z.record(z.string(), z.string().refine(ask)), value: { a: 'b', c: 'd' } },
  'maps and sets': {
    schema: z.tuple([z.map(z.string().refine(ask), z.string().refine(ask)), z.set(z.string().refine(ask))]),
    value: [new Map([['a', 'b']]), new Set(['a', 'b'])],
  },
  'an intersection': {
    schema: z.intersection(z.object({ a: z.string().refine(ask) }), z.object({ b: z.string().refine(ask) })),
    value: { a: 'a', b: 'b' },
  },
  'a union': { schema: z.union([z.string().refine(ask), z.string().refine(ask)]), value: 'a' },
  'a union by a key': {
    schema: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), text: z.string().refine(ask) }),
      z.object({ kind: z.literal('b') }),
    ]),
    value: { kind: 'a', text: 'a' },
  },
  'objects in themselves': { schema: tree, value: { name: 'a', children: [{ name: 'b', children: [] }] } },
  'lists in themselves': { schema: list, value: ['a', ['b']] },
};

const unheard: unknown[] = [];
const note = (reason: unknown) => void unheard.push(reason);
beforeEach(() => {
  unheard.length = 0;
  asked = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => void process.off('unhandledRejection', note));
/** Rejections are told of after the turn in which they came. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a check of zod that rejects refuses what it looks at, and leaves no rejection behind', () => {
  it.each(Object.entries(asking))('%s', async (_, { schema, value }) => {
    const validate = validatorOf(schema);
    for (let time = 0; time < 3; time++) {
      const result = await validate(value);
      expect(result.issues?.length).toBeGreaterThan(0);
      expect(JSON.stringify(result.issues)).not.toContain('hunter2');
    }
    expect(asked).toBeGreaterThan(0);
    await turn();
    expect(unheard).toEqual([]);
  });
  it('in arguments, in results and in items of streams', async () => {
    const schema = z.string().refine(ask).refine(ask);
    const service = defineTitanService({
      name: 'asks',
      contract: {
        one: { input: schema },
        two: { input: [z.object({ id: schema }), schema] },
        gives: { output: schema },
        // zod throws here: it takes no asynchronous checks of keys.
        keys: { input: z.record(schema, schema) },
        stream: { output: schema, stream: true },
      },
      methods: {
        one: () => 1,
        two: () => 2,
        gives: () => 'text',
        keys: () => 3,
        async *stream() {
          yield 'text';
        },
      },
    });
    const app = await running(service);
    const read = async (stream: AsyncIterable<unknown>) => {
      for await (const _ of stream);
    };
    for (const client of [app.connectToService(service as never), await (await peerOf(app)).queryInterface('asks')] as never[]) {
      const asks = client as Record<string, (...args: unknown[]) => Promise<unknown>>;
      expect(await refusal(asks.one!('a'))).toMatchObject({
        code: 'invalid_argument',
        message: 'asks.one: input: cannot be validated; input: cannot be validated',
      });
      expect((await refusal(asks.two!({ id: 'a' }, 'b'))).message).toMatch(/^asks\.two: input\.0\.id: cannot be validated; /);
      expect((await refusal(asks.keys!({ a: 'a', b: 'b' }))).message).toBe('asks.keys: input: cannot be validated');
      expect((await refusal(asks.gives!())).code).toBe('internal');
      expect((await refusal(read(asks.stream!() as never))).code).toBe('internal');
    }
    await turn();
    expect(unheard).toEqual([]);
  });
  it('in the configuration', async () => {
    const config = createApp(quiet).get(ConfigModule);
    const schema = z.object({ db: z.object({ url: z.string().refine(ask).refine(ask), name: z.string().refine(thrower) }) });
    const loading = config.loadWithSchema({ schema, sources: [{ type: 'object', value: { db: { url: 'a', name: 'b' } } }] });
    const error = await refusal(loading);
    expect(error.message).toContain('db.url cannot be validated');
    expect(error.message).not.toContain('hunter2');
    await turn();
    expect(unheard).toEqual([]);
  });
});

describe('a guarded schema of zod', () => {
  it('that has answered later is asked once for each value from then on', async () => {
    let runs = 0;
    const validate = validatorOf(z.object({ id: z.string().refine(async (id) => ++runs > 0 && id === 'right') }));
    await validate({ id: 'right' });
    runs = 0;
    expect([await validate({ id: 'right' }), runs]).toEqual([{ value: { id: 'right' } }, 1]);
    expect((await validate({ id: 'wrong' })).issues).toMatchObject([{ path: ['id'], code: 'custom' }]);
    expect(runs).toBe(2);
  });
  it('is the schema itself where nothing of the program runs in it', () => {
    const plain = z.object({ a: z.email().max(5).optional(), b: z.array(z.coerce.number().default(5)) });
    expect(guarded(plain)).toBe(plain);
  });
  it('leaves the schema as it is, for those who use it elsewhere', async () => {
    const schema = z.object({ a: z.string().refine(thrower) }).meta({ id: 'Guarded', description: 'once' });
    expect((await validatorOf(schema)({ a: 'a' })).issues).toHaveLength(1);
    expect(() => schema.parse({ a: 'a' })).toThrow('hunter2 a');
    expect(schema.meta()).toMatchObject({ id: 'Guarded' });
    expect(z.toJSONSchema(schema)).toMatchObject({ $defs: { Guarded: { description: 'once' } } });
  });
  it('may refer to what is declared after it', async () => {
    const schema = z.object({ inner: z.lazy(() => later) });
    const validate = validatorOf(schema);
    const later = z.string().refine(knows);
    expect(await validate({ inner: 'right' })).toEqual({ value: { inner: 'right' } });
  });
  it('answers as the schema does', async () => {
    const even = z.number().refine((count) => count % 2 === 0, { error: 'not even', path: ['here'], params: { by: 2 } });
    const schemas: Schema[] = [
      even,
      z.instanceof(Date),
      z.instanceof(Map, { error: 'not a map' }).refine((map) => map.size > 0),
      z.object({ a: even, b: z.string().trim().toLowerCase().min(2).optional() }).strict(),
      z.looseObject({
        a: even.default(4),
        b: z
          .string()
          .transform((text) => text.length)
          .pipe(z.number().min(2)),
      }),
      z
        .object({
          a: z
            .string()
            .overwrite((text) => `${text}!`)
            .catch('caught'),
        })
        .catchall(even),
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), n: even }),
        z.object({ kind: z.enum(['b', 'c']), t: z.string() }),
      ]),
      z.union([
        even,
        z
          .string()
          .transform(Number)
          .refine((count) => count > 3),
        z.array(even).nonempty(),
      ]),
      z.intersection(
        z.object({ a: even }),
        z.object({ b: z.string().superRefine((text, context) => void (text === 'x' && context.addIssue('no x'))) }),
      ),
      z.tuple([even, z.string().optional()], even),
      z.record(
        z.string().refine((key) => key !== 'x'),
        even,
      ),
      z.preprocess((value) => (typeof value === 'string' ? Number(value) : value), even.nullable()),
      z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
      z.stringbool().refine((flag) => flag),
      z.custom((value) => value === 'x', { error: 'no x', abort: true }),
      z.instanceof(Date).refine((date) => date.getTime() > 0),
      z.string().refine(knows).readonly().brand('known'),
      z.object({ a: z.string().refine((text) => text !== 'x', { when: ({ value }) => value !== 'y' }) }).partial(),
      z.templateLiteral(['a', z.number()]).refine((text) => text !== 'a1'),
      z.array(z.map(z.string(), even)).max(2),
      mini.object({
        a: mini.string().check(
          mini.trim(),
          mini.refine((text) => text !== 'x'),
        ),
        b: mini.optional(mini.number()),
      }),
    ];
    const values: unknown[] = [
      undefined,
      null,
      1,
      2,
      4,
      'x',
      'y',
      '5',
      'true',
      'a1',
      'a2',
      '2020-01-01',
      'right',
      [],
      [2],
      [2, 'x', 3],
      [1, 2],
    ];
    values.push(
      {},
      { a: 2 },
      { a: 1 },
      { a: 'x' },
      { a: 'y ', b: ' AB ' },
      { a: 2, b: 'x' },
      { a: 2, b: 'abc', c: 4 },
      { a: 2, c: 3 },
    );
    values.push(
      { kind: 'a', n: 2 },
      { kind: 'a', n: 1 },
      { kind: 'b', t: 'x' },
      { kind: 'd' },
      { x: 2 },
      new Date(0),
      new Date(5),
    );
    values.push([new Map([['a', 2]])], [new Map([['a', 1]])]);
    let differs = 0;
    for (const schema of schemas) {
      const validate = validatorOf(schema);
      for (const value of [...values, ...values]) {
        const [one, other] = [await schema['~standard'].validate(value), await validate(value)];
        expect(other).toEqual(one);
        if (one.issues) differs += 1;
      }
    }
    expect(schemas.filter((schema) => guarded(schema) === schema)).toEqual([]);
    expect(differs).toBeGreaterThan(500);
  });
});
