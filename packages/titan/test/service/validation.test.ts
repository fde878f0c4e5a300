import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineTitanService } from '../../src/index.js';
import { argumentsSchema } from '../../src/schema/arguments-schema.js';
import { prototypeKey } from '../../src/schema/prototype-key.js';
import { jsonSchemaOf } from '../../src/schema/schema.js';
import { peerOf, quiet, refusal, running } from './contract.js';

describe('validation', () => {
  it('waits for schemas that answer later, tells at most 20 issues, and never pollutes', async () => {
    const later = z.string().refine(async (text) => text === 'right');
    const contract = { slow: { input: later }, many: { input: z.array(z.number()) }, proto: { input: z.looseObject({}) } };
    const service = defineTitanService({
      name: 'v',
      contract,
      methods: { slow: (text) => text, many: (list) => list.length, proto: (value) => Object.keys(value) },
    });
    const v = (await (await peerOf(await running(service))).queryInterface('v')) as never as Record<
      string,
      (value: unknown) => Promise<unknown>
    >;
    expect(await v.slow!('right')).toBe('right');
    expect((await refusal(v.slow!('wrong'))).code).toBe('invalid_argument');
    const error = await refusal(v.many!(Array.from({ length: 50 }, () => 'x')));
    expect((error.details as { issues: unknown[] }).issues).toHaveLength(20);
    expect(error.message).toContain('; and 30 more');
    await v.proto!(JSON.parse('{"__proto__":{"polluted":true}}')).catch(() => {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
  it('texts of a megabyte and names of the language are refused as anything else, and are not told', async () => {
    const person = z.strictObject({ name: z.string().max(100), age: z.number() });
    const service = defineTitanService({
      name: 'bounds',
      contract: { save: { input: person } },
      methods: { save: ({ name }) => name },
    });
    const peer = await peerOf(await running(service));
    const long = 'hunter2'.repeat(150_000);
    const wrong: readonly unknown[] = [
      { name: long, age: 1 },
      { name: 'ada', age: long },
      { name: 'ada', age: 1, constructor: { prototype: { polluted: true } } },
      { name: 'ada', age: 1, prototype: 1 },
      Object.defineProperty({ name: 'ada', age: 1 }, '__proto__', { value: { polluted: true }, enumerable: true }),
      JSON.stringify({ name: 'ada', age: 1 }),
      [{ name: 'ada', age: 1 }],
      null,
    ];
    for (const argument of wrong) {
      const error = await refusal(peer.call('bounds', 'save', [argument]));
      expect(error.code).toBe('invalid_argument');
      expect(error.message.length + JSON.stringify(error.details ?? null).length).toBeLessThan(2_000);
      expect(error.message).not.toContain('hunter2');
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(await peer.call('bounds', 'save', [{ name: 'ada', age: 1 }])).toBe('ada');
  });
  it('a key that is named as a prototype is refused through every door, in arguments and in results', async () => {
    const key = (data: object) => Object.defineProperty(data, '__proto__', { value: { admin: true }, enumerable: true });
    const wrong: readonly unknown[] = [
      key({ name: 'ada' }),
      { name: 'ada', deep: [{ deeper: key({}) }] },
      [1, key({ name: 'ada' })],
      new Map<unknown, unknown>([['a', [key({})]]]),
      new Map<unknown, unknown>([[{ of: key({}) }, 1]]),
      new Set([key({})]),
    ];
    let ran = 0;
    const seen = (data: unknown) => {
      ran += 1;
      return data;
    };
    const loose = z.union([z.object({ name: z.string() }), z.unknown()]);
    const service = defineTitanService({
      name: 'doors',
      contract: {
        one: { input: loose },
        several: { input: [z.string(), loose] },
        give: { input: z.number(), output: loose },
        stream: { input: z.number(), output: loose, stream: true },
      },
      methods: {
        one: seen,
        several: (_, data) => seen(data),
        give: (at) => wrong[at],
        async *stream(at) {
          yield wrong[at];
        },
      },
    });
    const app = await running(service, { ...quiet, config: { netron: { port: 0, healthPort: false, http: true } } });
    const peer = await peerOf(app);
    type Doors = Record<'one' | 'several' | 'give', (...args: unknown[]) => Promise<unknown>> & {
      stream(at: number): AsyncIterable<unknown>;
    };
    const doors = {
      local: app.connectToService<Doors>('doors'),
      'own peer': await app.netron!.peer.queryInterface<Doors>('doors'),
      websocket: await peer.queryInterface<Doors>('doors'),
    };
    const code = async (action: Promise<unknown>) => (await refusal(action)).code;
    const first = async (items: AsyncIterable<unknown>) => {
      for await (const item of items) return item;
    };
    for (const [name, door] of Object.entries(doors)) {
      for (const [at, data] of wrong.entries()) {
        const got = [code(door.one(data)), code(door.several('a', data)), code(door.give(at)), code(first(door.stream(at)))];
        expect([name, at, ...(await Promise.all(got))]).toEqual([
          ...[name, at, 'invalid_argument', 'invalid_argument', 'internal', 'internal'],
        ]);
      }
    }
    for (const body of ['[{"name":"ada","__proto__":{"admin":true}}]', '[{"in":[{"\\u005f_proto__":1}]}]']) {
      const headers = { 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${app.netron!.listenPort}/netron/doors/one`;
      expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(400);
    }
    expect(ran).toBe(0);
    expect(await refusal(doors.local.several('a', { deep: [key({})] }))).toMatchObject({
      message: 'doors.several: input.1.deep.0.__proto__: is a forbidden key',
    });
  });

  it('data that refers to itself, or to one object many times, is looked into once', async () => {
    const work = { reads: 0 };
    const part = Object.defineProperty({}, 'x', { get: () => (work.reads += 1), enumerable: true });
    const data: Record<string, unknown> = { list: Array(1_000).fill(part), map: new Map([[part, part]]) };
    data.self = data;
    expect(prototypeKey(data)).toBeUndefined();
    expect(work.reads).toBe(1);
    let deep: object = Object.defineProperty({}, '__proto__', { value: 1, enumerable: true });
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    expect(prototypeKey(deep)).toHaveLength(100_001);
  });

  it('a schema that throws, or never answers, costs its call only: the deadline ends it', async () => {
    const hanging = { '~standard': { version: 1, vendor: 'test', validate: () => new Promise<never>(() => {}) } } as const;
    const throwing = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('broken schema');
        },
      },
    } as const;
    const service = defineTitanService({
      name: 'h',
      contract: { wait: { input: hanging }, fail: { input: throwing } },
      methods: { wait: () => 1, fail: () => 1 },
    });
    const peer = await peerOf(await running(service));
    expect((await refusal(peer.call('h', 'wait', [1], { timeout: 20 }))).code).toBe('deadline_exceeded');
    expect(await refusal(peer.call('h', 'fail', [1]))).toBeInstanceOf(Error);
  });
});

describe('schemas that throw', () => {
  const parsed = z.string().transform((text) => JSON.parse(text) as unknown);
  const later = {
    '~standard': { version: 1 as const, vendor: 'test', validate: (text: unknown) => Promise.reject(new Error(String(text))) },
  };
  const shown = z.unknown().transform((): string => {
    throw new Error('hunter2');
  });
  const thrower = { '~standard': { ...later['~standard'], validate: () => JSON.parse('hunter2') as never } };
  const contract = {
    both: { input: [later, thrower, later], output: z.unknown() },
    showLater: { input: z.string(), output: later },
    read: { input: parsed, output: z.unknown() },
    readLater: { input: later, output: z.unknown() },
    show: { input: z.string(), output: shown },
  };
  const service = defineTitanService({
    name: 'odd',
    contract,
    methods: { both: () => 1, showLater: () => 1, read: () => 1, readLater: () => 1, show: () => 1 },
  });

  it('B34: show callers nothing of what they were given', async () => {
    const app = await running(service);
    for (const odd of [app.connectToService<Odd>('odd'), await (await peerOf(app)).queryInterface<Odd>('odd')]) {
      for (const name of ['read', 'readLater', 'both'] as const)
        expect(await refusal(odd[name](...(name === 'both' ? ['hunter2', 'hunter2', 'hunter2'] : ['hunter2'])))).toMatchObject({
          code: 'invalid_argument',
          message: `odd.${name}: input: cannot be validated`,
        });
      for (const name of ['show', 'showLater'] as const)
        expect(await refusal(odd[name]('x'))).toMatchObject({
          code: 'internal',
          message: `odd.${name}: the result does not match its contract`,
        });
    }
  });

  it('leave no rejection that nobody has heard of', async () => {
    const unheard: unknown[] = [];
    const note = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', note);
    try {
      const odd = (await running(service)).connectToService<Odd>('odd');
      for (const name of ['readLater', 'both'] as const)
        await refusal(odd[name](...(name === 'both' ? ['hunter2', 'hunter2', 'hunter2'] : ['hunter2'])));
      await refusal(odd.showLater('x'));
      // Rejections are told of after the turn in which they came.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unheard).toEqual([]);
  });

  interface Odd {
    both(...texts: string[]): Promise<unknown>;
    read(...texts: string[]): Promise<unknown>;
    readLater(...texts: string[]): Promise<unknown>;
    showLater(text: string): Promise<unknown>;
    show(text: string): Promise<unknown>;
  }
});

it('of arguments, JSON Schema says how many have to be there, and once which draft it is', () => {
  const schema = argumentsSchema([z.string(), z.number().optional(), z.object({}).optional()]);
  const json = jsonSchemaOf(schema) as { prefixItems: object[]; minItems: number; maxItems: number };
  expect(json).toMatchObject({
    minItems: 1,
    maxItems: 3,
    prefixItems: [{ type: 'string' }, { type: 'number' }, { type: 'object' }],
  });
  expect(json.prefixItems.some((item) => '$schema' in item)).toBe(false);
});
