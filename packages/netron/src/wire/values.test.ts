import { RichValues, richReader, richWriter } from './rich-values.js';
import 'temporal-polyfill/global';
import { runInNewContext } from 'node:vm';
import { decodeMulti, ExtData } from '@msgpack/msgpack';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ErrorRegistry } from '../errors/error-registry.js';
import { NetronError } from '../errors/netron-error.js';
import type { HandleDecoder } from './handles.js';
import type { Reader } from './reader.js';
import { allFeatures, featureBits, readableFeatures, valueFeatures } from './value-features.js';
import { readValue } from './value-reader.js';
import { ValueTypes } from './value-types.js';
import { writeValue } from './value-writer.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const errors = new ErrorRegistry();

function write(value: unknown, features = allFeatures, types?: ValueTypes): Uint8Array {
  const writer = Object.assign(richWriter(0), { errors, features, values: new RichValues(types) });
  writeValue(writer, value);
  return writer.buffer.subarray(0, writer.position);
}

function read(bytes: Uint8Array, types?: ValueTypes, failures: NetronError[] = []): unknown {
  const handles: HandleDecoder<Reader> = {
    decode: () => undefined,
    refuse(failure) {
      failures.push(failure);
    },
  };
  const reader = Object.assign(richReader(), { errors, values: new RichValues(types), handles });
  reader.load(bytes);
  const value = readValue(reader);
  expect(reader.position).toBe(reader.end);
  expect(reader.depthLeft).toBe(reader.limits.depth);
  return value;
}

function failure(work: () => unknown): NetronError {
  try {
    work();
  } catch (error) {
    if (error instanceof NetronError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('values arrive unchanged', () => {
  it.each<[string, unknown]>([
    ['a data URL with a space', new URL('data:text/plain,hello world')],
    ['a telephone number', new URL('tel:+1 234')],
    ['a cut surrogate', 'a\ud800b'],
    ['a long text with one', `${'a'.repeat(10_000)}\udc00`],
    ['two cut surrogates in a Set', new Set(['\ud83d', '\ude00'])],
    [
      'two as keys of a Map',
      new Map([
        ['\ud83d', 1],
        ['\ude00', 2],
      ]),
    ],
    ['two as keys of an object', { '\ud83d': 1, '\ude00': 2, '\ud83d\ude00': 3 }],
    ['a RegExp', /a(?<b>.)\/[\]]/giu],
    ['URLSearchParams', new URLSearchParams('a=1&a=2&b=%20&c')],
    ['a hole', Object.assign(new Array(3), { 0: 1, 2: 3 })],
    ['holes only', new Array(3)],
  ])('%s', (_, value) => {
    expect(read(write(value))).toStrictEqual(value);
  });

  it('Headers', () => {
    const headers = new Headers([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    const got = read(write({ headers })) as { headers: Headers };
    expect(got.headers).toBeInstanceOf(Headers);
    expect([...got.headers]).toEqual([...headers]);
  });

  it('boxed primitives', () => {
    for (const value of [1, -0, 'ab', true, false, 5n]) {
      const got = read(write([Object(value)])) as object[];
      expect(Object.prototype.toString.call(got[0])).toBe(Object.prototype.toString.call(Object(value)));
      expect(got[0]?.valueOf()).toBe(value);
    }
  });

  it('values of another realm', () => {
    const foreign: unknown = runInNewContext('[/a/g, Object(1), { a: 1 }, Object.create(null)]');
    expect(read(write(foreign))).toEqual([/a/g, Object(1), { a: 1 }, {}]);
  });

  it('names and messages of errors with lone surrogates, replaced for older receivers', () => {
    expect(read(write(new NetronError('internal', 'a\ud800')))).toMatchObject({ message: 'a\ud800' });
    expect(read(write(new NetronError('internal', 'a\ud800'), 0))).toMatchObject({ message: 'a\ufffd' });
  });
});

it('promises are refused with their path; their rejection is handled', () => {
  const rejected = async () => Promise.reject(new Error('unheard'));
  expect(failure(() => write({ user: rejected() })).message).toBe('value.user is a Promise');
  class User {
    toJSON = rejected;
    act() {}
  }
  expect(failure(() => write([new User()])).message).toBe('value[0] is a Promise');
});

describe('registered types', () => {
  class Money {
    readonly #cents: bigint;
    constructor(cents: bigint) {
      this.#cents = cents;
    }
    static cents(money: Money): bigint {
      return money.#cents;
    }
  }
  class Price extends Money {}
  const money = { encode: Money.cents, decode: (cents: bigint) => new Money(cents) };
  const types = new ValueTypes();
  types.register(Money, money);

  it('arrive as instances, also of subclasses', () => {
    const got = read(write([new Money(5n), new Price(7n)], allFeatures, types), types) as Money[];
    expect(got.map(Money.cents)).toEqual([5n, 7n]);
    expect(got[1]).not.toBeInstanceOf(Price);
  });

  it('are refused where they are unknown or not accepted', () => {
    const bytes = write({ list: [new Money(5n), 1] }, allFeatures, types);
    const failures: NetronError[] = [];
    expect(read(bytes, undefined, failures)).toEqual({ list: [undefined, 1] });
    expect(failures.map(({ code }) => code)).toEqual(['unimplemented']);
    const picky = new ValueTypes();
    picky.register(Money, {
      encode: Money.cents,
      decode() {
        throw new Error('no');
      },
    });
    expect(read(bytes, picky, failures)).toEqual({ list: [undefined, 1] });
    expect(failures[1]?.code).toBe('invalid_argument');
  });

  it.each([
    ['a promise', async () => new Money(5n)],
    ['a promise', async () => Promise.reject(new Error('unheard'))],
    ['a promise', () => ({ then: () => {} })],
    ['undefined', () => undefined],
    ['null', () => null],
    ['a number', () => 5],
  ])('are refused when decode makes %s', async (what, decode) => {
    const odd = new ValueTypes();
    odd.register(Money, { encode: Money.cents, decode: decode as never });
    const failures: NetronError[] = [];
    expect(read(write([new Money(5n), 1], allFeatures, odd), odd, failures)).toEqual([undefined, 1]);
    const message = `the peer sent a Money for which decode returned ${what}, not an instance`;
    expect(failures).toMatchObject([{ code: 'internal', message }]);
  });

  it('name the path within the result of encode', () => {
    const odd = new ValueTypes();
    odd.register(Money, { encode: () => ({ a: Symbol('x') }), decode: () => new Money(0n) });
    expect(failure(() => write([new Money(1n)], allFeatures, odd)).message).toBe('value[0].a is a symbol');
  });

  it('are checked when they are registered', () => {
    const registry = new ValueTypes();
    registry.register(Money, money);
    registry.register(Money, money);
    expect(() => registry.register(class Money {}, { encode: () => 1, decode: () => ({}) })).toThrow(TypeError);
    expect(() => registry.register(Money, { ...money, name: 'Other' })).toThrow(TypeError);
    for (const wrong of [undefined, Object, Array, {}, () => {}]) {
      expect(() => registry.register(wrong as never, money as never)).toThrow(TypeError);
    }
    expect(() => registry.register(class {}, { encode: () => 1, decode: () => ({}), name: '' })).toThrow(TypeError);
    expect(() => registry.register(class A {}, {} as never)).toThrow(TypeError);
  });
});

describe('values that the other runtime lacks', () => {
  const plainDate = () =>
    (globalThis as unknown as { Temporal: { PlainDate: { from(text: string): object } } }).Temporal.PlainDate.from('2026-11-20');

  it('is refused with its path by a writer that knows the receiver', () => {
    expect(failure(() => write({ day: plainDate() }, allFeatures & ~2))).toMatchObject({
      code: 'invalid_argument',
      message: 'value.day is a Temporal.PlainDate, which the receiver does not support',
    });
  });

  it('is refused on arrival, without a complaint about equal elements', () => {
    const bytes = write([new Set([plainDate(), plainDate()]), 1]);
    vi.stubGlobal('Temporal', undefined);
    const failures: NetronError[] = [];
    expect(read(bytes, undefined, failures)).toEqual([new Set([undefined]), 1]);
    expect(failures[0]).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('Temporal.PlainDate') });
  });

  it('is announced in hello', () => {
    expect(readableFeatures()).toContain('temporal');
    vi.stubGlobal('Temporal', undefined);
    vi.stubGlobal('Float16Array', undefined);
    expect(readableFeatures()).toEqual(['values']);
    vi.stubGlobal('Float16Array', class {});
    expect(readableFeatures()).toEqual(['values', 'float16']);
    expect(featureBits(['float16', 'deflate', 'values'])).toBe(5);
  });

  it('a Float16Array arrives as a Float16Array only', () => {
    const failures: NetronError[] = [];
    vi.stubGlobal('Float16Array', undefined);
    expect(read(Buffer.from('92c705040a003c00c001', 'hex'), undefined, failures)).toEqual([undefined, 1]);
    expect(failures[0]?.message).toContain('Float16Array');
  });
});

/** Ill-formed values, created anew for each use. */
const texts = ['\ud83d', '\ude00', 'a\udfff', '\ud800\ud800', 'ok', 'ü\ud801'];
const hosts = [
  new URL(`http://${'a'.repeat(250)}.example/`),
  new URL(`http://${'b'.repeat(300)}/`),
  new URL('foo://x y/'.replace(' ', '')),
  new URL('data:a b c'),
  new URL('tel:+1 2'),
];
const builtIns = [
  Date,
  Map,
  Set,
  URL,
  RegExp,
  Error,
  Uint8Array,
  Float64Array,
  ArrayBuffer,
  DataView,
  Promise,
  Headers,
  URLSearchParams,
  Blob,
  WeakMap,
];
const samples = () => [
  new Date(),
  new Map([[1, 2]]),
  new Set([1]),
  new URL('a:b'),
  /a/,
  new Error('x'),
  new Uint8Array(4),
  new Float64Array(2),
  new ArrayBuffer(2),
  new Headers(),
];
const tags = [
  'Object',
  'Map',
  'Set',
  'Date',
  'Error',
  'ArrayBuffer',
  'RegExp',
  'Number',
  'BigInt',
  'Temporal.Instant',
  'Temporal.Duration',
  'Promise',
];

class Sized extends Uint8Array {
  override get length(): number {
    return 1_000_000;
  }
}

const awkward: (() => unknown)[] = [
  ...texts.map((text) => () => text),
  ...texts.map((text) => () => ({ [text]: text })),
  () => new Set(texts),
  () => new Map(texts.map((text) => [text, text])),
  ...hosts.map((url) => () => url),
  ...builtIns.map(
    ({ prototype }) =>
      () =>
        Object.create(prototype) as object,
  ),
  ...samples().map((_, index) => () => new Proxy(samples()[index] as object, {})),
  ...samples().map((_, index) => () => Object.assign(samples()[index] as object, { extra: 1 })),
  ...tags.map((tag) => () => ({ a: 1, [Symbol.toStringTag]: tag, toString: () => 'garbage' })),
  ...tags.map((tag) => () => Object.create({ [Symbol.toStringTag]: tag, toString: () => 'garbage' }) as object),
  ...[-1, 1.5, Number.NaN, 2 ** 33, '3', undefined, 100_000].map(
    (length) => () => new Proxy([], { get: (list, key) => (key === 'length' ? length : Reflect.get(list, key)) }),
  ),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () =>
    new Proxy(
      { a: 1 },
      { ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) },
    ),
  () =>
    new Proxy(
      { a: 1 },
      {
        ownKeys: () => {
          throw new Error('keys');
        },
      },
    ),
  () =>
    new Proxy(
      { a: 1 },
      {
        getPrototypeOf: () => {
          throw new Error('prototype');
        },
      },
    ),
  () => new Proxy({ a: 1, b: 2 }, { get: (_, key) => (key === 'a' ? texts[0] : Symbol('x')) }),
  () => new Sized(3),
  () => Object.defineProperty(new Uint8Array(2), 'length', { get: () => 1_000 }),
  () => Object.defineProperty(new Float32Array(2), 'byteLength', { value: 1_000 }),
  () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  },
  () => {
    const map = new Map<string, unknown>();
    map.set('a', {
      get x() {
        map.delete('b');
        map.delete('a');
        map.set('a', 3);
        return map.set('c', 1).size;
      },
    });
    return map.set('b', 2);
  },
  () => {
    const set = new Set<unknown>();
    set.add({
      get x() {
        set.delete('b');
        return set.add('c').size;
      },
    });
    return set.add('b');
  },
  () => {
    const list: unknown[] = [
      {
        get x() {
          list.length = 1;
          return 1;
        },
      },
      2,
      3,
    ];
    return list;
  },
  () => {
    const record: Record<string, unknown> = {
      get a() {
        delete record.b;
        record.c = 1;
        return 1;
      },
      b: 2,
    };
    return record;
  },
  () => ({
    get a() {
      throw Object.create(null);
    },
  }),
  () => ({
    get a() {
      throw new NetronError('not_found', 'x');
    },
  }),
  () =>
    Object.create({
      toJSON() {
        return this;
      },
    }) as object,
  () =>
    Object.create({
      toJSON() {
        throw new Error('no');
      },
    }) as object,
  () =>
    Object.defineProperty(new Error('x'), 'code', {
      enumerable: true,
      get() {
        throw new Error('code');
      },
    }),
  () => Object.assign(new TypeError(texts[0]), { name: texts[1] }),
  () => new AggregateError([new Error(texts[2]), texts], texts[0]),
  () => Symbol('x'),
  () => () => 1,
  () => 2n ** 9_000n,
  () => Object(Symbol('x')) as object,
  () => Object.assign(Object('ab') as object, { extra: 1 }),
  () => Object.defineProperty([], 'then', { value: () => 1, enumerable: true }),
  () => ({ [['then'].join()]: class {} }),
  () => JSON.parse('{"__proto__":1}'),
];

type Make = () => unknown;
const nested = fc.letrec<{ value: Make }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...awkward),
    fc.constantFrom<Make>(
      () => 1,
      () => 'text',
      () => null,
    ),
    fc.array(tie('value'), { maxLength: 4 }).map(
      (makes): Make =>
        () =>
          makes.map((make) => make()),
    ),
    fc.array(fc.tuple(fc.constantFrom(...texts), tie('value')), { maxLength: 4 }).map(
      (entries): Make =>
        () =>
          Object.fromEntries(entries.map(([name, make]) => [name, make()])),
    ),
    fc.array(tie('value'), { maxLength: 3 }).map(
      (makes): Make =>
        () =>
          new Set(makes.map((make) => make())),
    ),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map(
      (entries): Make =>
        () =>
          new Map(entries.map(([key, make]) => [key(), make()])),
    ),
  ),
})).value;

/** Whether bytes contain only types of the first version, as another implementation sees them. */
function old(bytes: Uint8Array): boolean {
  return [...decodeMulti(bytes, { mapKeyConverter: (key) => key as string })].every(oldValue);
}

function oldValue(value: unknown): boolean {
  if (value instanceof ExtData) {
    const data = value.data as Uint8Array;
    return value.type <= 7 && (![1, 2, 6].includes(value.type) || value.type === 1 || old(data));
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date) return true;
  return Object.values(value).every(oldValue);
}

describe('a reader accepts every value that a writer accepts', () => {
  it('for unusual values and receivers of any version', () => {
    let written = 0;
    let refused = 0;
    fc.assert(
      fc.property(nested, fc.integer({ min: 0, max: allFeatures }), (make, features) => {
        const writer = Object.assign(richWriter(0), { errors, features });
        try {
          writeValue(writer, make());
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(NetronError);
          expect(writer.depth).toBe(0);
          return;
        }
        written += 1;
        const bytes = writer.buffer.subarray(0, writer.position);
        const reader = Object.assign(richReader(), { errors, graph: (features & valueFeatures.graphs) === 0 ? undefined : [] });
        reader.load(bytes);
        readValue(reader);
        expect(reader.position).toBe(reader.end);
        expect(reader.limits.elements - reader.elementsLeft).toBe(writer.elements);
        expect(writer.needed & ~features).toBe(0);
        if (features === 0) expect(old(bytes)).toBe(true);
      }),
      { numRuns: 4_000, seed: 20_261_128 },
    );
    expect(Math.min(written, refused)).toBeGreaterThan(200);
  });

  it.each([
    ['with Temporal and Float16Array', true, 'without them', false],
    ['without them', false, 'with them', true],
    ['with them', true, 'with them, too', true],
  ])('from a runtime %s, for one %s', (_writes, writerHas, _reads, readerHas) => {
    const { Temporal } = globalThis as unknown as { Temporal: { Instant: { from(text: string): object } } };
    const days: Make[] = [() => Temporal.Instant.from('2026-11-20T00:00:00Z')];
    const values = fc.array(fc.oneof(nested, fc.constantFrom(...days)), { maxLength: 5 });
    const runtime = (has: boolean): void => {
      vi.unstubAllGlobals();
      if (has) return;
      vi.stubGlobal('Temporal', undefined);
      vi.stubGlobal('Float16Array', undefined);
    };
    let [written, refused] = [0, 0];
    fc.assert(
      fc.property(values, fc.boolean(), (makes, older) => {
        runtime(true);
        const made = makes.map((make) => make());
        runtime(readerHas);
        const names = older ? [] : [...readableFeatures(), 'results', 'writable', 'graphs'];
        runtime(writerHas);
        let bytes: Uint8Array;
        try {
          bytes = write(made, featureBits(names));
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(NetronError);
          return;
        }
        written += 1;
        runtime(readerHas);
        const failures: NetronError[] = [];
        const refuse = (failure: NetronError): undefined => void failures.push(failure);
        const handles: HandleDecoder<Reader> = { decode: () => undefined, refuse };
        const reader = Object.assign(richReader(), { errors, handles, graph: older ? undefined : [] });
        reader.load(bytes);
        readValue(reader);
        expect(reader.position).toBe(reader.end);
        expect(failures).toEqual([]);
      }),
      { numRuns: 600, seed: 20_261_129 },
    );
    expect(Math.min(written, refused)).toBeGreaterThan(30);
  });

  it('for each value alone', () => {
    for (const make of awkward) {
      for (const features of [0, allFeatures]) {
        let bytes: Uint8Array;
        try {
          bytes = write(make(), features);
        } catch (error) {
          expect(error).toBeInstanceOf(NetronError);
          continue;
        }
        const reader = Object.assign(richReader(), { errors });
        reader.load(bytes);
        readValue(reader);
        expect(reader.position).toBe(reader.end);
        if (features === 0) expect(old(bytes)).toBe(true);
      }
    }
  });
});
