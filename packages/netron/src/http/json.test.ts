import 'temporal-polyfill/global';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../errors/error-registry.js';
import { NotFoundError } from '../errors/named-errors.js';
import { NetronError } from '../errors/netron-error.js';
import { baseLimits } from '../wire/limits.js';
import { readCommonJson, writeCommonJson } from './common-json.js';
import { readMessagePack, writeMessagePack } from './messagepack.js';
import { readJson } from './read-json.js';
import { writeJson } from './write-json.js';

const errors = new ErrorRegistry();
const rich = { rich: true, errors } as const;
const natural = { rich: false, errors } as const;
const trip = (value: unknown) => readJson(writeJson(value, rich), rich);

/** Returns a comparable form of bytes, lists and boxed values, whatever their class. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (value instanceof Headers) return { headers: [...value] };
  if (value instanceof URLSearchParams) return { parameters: [...value] };
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt)
    return { boxed: value.valueOf() };
  if (Array.isArray(value)) return { holes: Object.keys(value).length, items: value.map(normal) };
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [normal(key), normal(entry)]));
  if (value instanceof Set) return new Set([...value].map(normal));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, normal(entry)]));
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof NetronError)) throw error;
    return error.code;
  }
}

const key = fc.string({ maxLength: 12 }).filter((name) => name !== '__proto__');
const any = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
      fc.date({ noInvalidDate: false }),
    ),
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.float64Array({ maxLength: 5 }),
      fc.int16Array({ maxLength: 5 }),
      fc.bigUint64Array({ maxLength: 5 }),
      fc.webUrl().map((url) => new URL(url)),
      fc.constantFrom(/a\/b[/]\n/giu, /(?<x>.)\u{1F600}/u, /(?:)/),
      fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 }).map((list) => new URLSearchParams(list)),
      fc.constant(0).map(
        () =>
          new Headers([
            ['a', '1'],
            ['set-cookie', 'x=1'],
            ['set-cookie', 'y=2, z'],
          ]),
      ),
      fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.bigInt()).map((primitive) => Object(primitive) as object),
      fc.constant(0).map(() => [1, , undefined, , 'x']),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
  ),
})).value;
const runs = { numRuns: 1_000, seed: 20_261_128 };

/** Runs an action and returns its value, or the message of its error. */
function outcomeOf(action: () => unknown): unknown {
  try {
    return { value: action() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

describe('common JSON', () => {
  it('is written as by writeJson, or not at all', () => {
    let written = 0;
    fc.assert(
      fc.property(any, (value) => {
        const text = writeCommonJson(value);
        if (text !== undefined) written += 1;
        if (text !== undefined) expect(text).toBe(writeJson(value, rich));
      }),
      runs,
    );
    expect(written).toBeGreaterThan(100);
  });

  it('is read as by readJson, or not at all', () => {
    let read = 0;
    fc.assert(
      fc.property(any, fc.nat(), fc.constantFrom('', '"', '0', 'd', ']', 'null'), (value, at, change) => {
        const whole = writeJson(value, rich);
        for (const text of [whole, whole.slice(0, at % whole.length) + change + whole.slice((at % whole.length) + 1)]) {
          const common = outcomeOf(() => readCommonJson(text, true)) as {
            value?: { value: unknown } | undefined;
            error?: string;
          };
          if ('value' in common && common.value === undefined) continue;
          read += 1;
          const expected = outcomeOf(() => readJson(text, rich));
          expect(normal('error' in common ? common : common.value)).toEqual(normal(expected));
        }
      }),
      runs,
    );
    expect(read).toBeGreaterThan(500);
  });

  it('has undefined and dates, and natural JSON', () => {
    const value = [undefined, { at: new Date(5), none: new Date(Number.NaN) }, 'x'];
    expect(readCommonJson(writeJson(value, rich), true)).toEqual({ value });
    expect(readCommonJson(writeJson([1n], rich), true)).toBeUndefined();
    expect(readCommonJson('{"t":[1]}', false)).toEqual({ value: { t: [1] } });
  });

  it('leaves deep nesting, holes and throwing getters to writeJson', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 66; level++) deep = [deep];
    const throwing = {
      get x() {
        throw new Error('no');
      },
    };
    for (const value of [deep, [, 1], throwing, JSON.parse('{"__proto__":1}'), -0, Number.NaN, new Date(0), () => {}]) {
      expect(writeCommonJson(value)).toBeUndefined();
    }
    expect(writeCommonJson((deep as unknown[])[0])).toBe(writeJson((deep as unknown[])[0], rich));
  });
});

describe('rich JSON', () => {
  it('carries every value that the binary codec carries', () => {
    fc.assert(
      fc.property(any, (value) => {
        const wired = readMessagePack(writeMessagePack(value, { errors }), { errors });
        expect(normal(trip(value))).toEqual(normal(wired));
        expect(normal(trip(value))).toEqual(normal(value));
      }),
      runs,
    );
  });

  it('writes plain JSON values as JSON.stringify does, without a list of tags', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (JSON.stringify(value).includes('__proto__') || /[-]0\b/.test(JSON.stringify(value))) return;
        if (/(?:^|[[,:])-?0(?:[\],}]|$)/.test(JSON.stringify(value))) return;
        expect(writeJson(value, rich)).toBe(`{"v":${JSON.stringify(value)}}`);
        expect(trip(value)).toEqual(value);
      }),
      runs,
    );
  });

  it('writes a tag and a path for each value that JSON lacks', () => {
    const value = [{ createdAt: new Date(0), at: new Map([[1n, new Set([undefined])]]) }, Uint8Array.of(1, 2), -0];
    expect(JSON.parse(writeJson(value, rich))).toEqual({
      v: [{ createdAt: '1970-01-01T00:00:00.000Z', at: [['1', [null]]] }, 'AQI=', '-0'],
      t: [
        ['d', 0, 'createdAt'],
        ['i', 0, 'at', 0, 0],
        ['u', 0, 'at', 0, 1, 0],
        ['s', 0, 'at', 0, 1],
        ['m', 0, 'at'],
        ['x', 1],
        ['n', 2],
      ],
    });
  });

  it('carries Temporal values, and errors as instances of their classes', () => {
    const date = (globalThis as unknown as { Temporal: { PlainDate: { from(text: string): object } } }).Temporal.PlainDate.from(
      '2026-11-28',
    );
    expect(String(trip(date))).toBe('2026-11-28');
    const error = trip({ why: new NotFoundError('no user 7', { details: { since: new Date(5) } }) }) as { why: NotFoundError };
    expect(error.why).toBeInstanceOf(NotFoundError);
    expect(error.why.message).toBe('no user 7');
    expect(error.why.details).toEqual({ since: new Date(5) });
  });

  it('does not change the value that it writes', () => {
    const value = { list: [new Date(1), { at: new Date(2) }], plain: { a: 1 } };
    const before = structuredClone(value);
    writeJson(value, rich);
    expect(value).toEqual(before);
  });

  it('writes an instance by toJSON, or by its fields when it has no other state, as the binary codec does', () => {
    class Bare {
      x = 1;
      at = new Date(0);
    }
    class Told {
      x = 1;
      toJSON() {
        return { at: new Date(this.x) };
      }
    }
    class Full {
      x = 1;
      move() {}
    }
    class Hidden {
      readonly #x = 1;
      static of(hidden: Hidden) {
        return hidden.#x;
      }
    }
    for (const options of [rich, natural]) {
      expect(JSON.stringify(readJson(writeJson([new Bare()], options), options))).toBe(
        '[{"x":1,"at":"1970-01-01T00:00:00.000Z"}]',
      );
      expect(JSON.stringify(readJson(writeJson(new Told(), options), options))).toBe('{"at":"1970-01-01T00:00:00.001Z"}');
      expect(() => writeJson({ a: new Full() }, options)).toThrow('value.a is an instance of Full, whose members would be lost');
      expect(() => writeJson(new Hidden(), options)).toThrow('value is an instance of Hidden without a field to send');
      expect(() => writeJson(Object.assign(new Bare(), { act() {} }), options)).toThrow(
        'value.act is a function of an instance of Bare',
      );
      expect(() => writeJson(Object.assign(/x/, { y: 1 }), options)).toThrow("value is a RegExp with an own field 'y'");
    }
    expect(Hidden.of(new Hidden())).toBe(1);
  });

  it('refuses the values that the binary codec refuses, with the same messages', () => {
    class Names extends Map {
      extra = 1;
    }
    const values = [
      new Names(),
      Object.assign(new Number(1), { a: 1 }),
      new WeakMap(),
      (async () => {})(),
      new Blob([]),
      new (class {})(),
    ];
    const wordsOf = (write: () => unknown) => {
      try {
        return write();
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const value of values) {
      expect(wordsOf(() => writeJson({ value }, rich))).toBe(wordsOf(() => writeMessagePack({ value }, { errors })));
      expect(wordsOf(() => writeJson({ value }, rich))).toMatch(/^value\.value is an? /);
    }
  });

  it('names the path of a value that cannot be written, as the binary codec does', () => {
    expect(() => writeJson({ users: [{ notify() {} }] }, rich, 'argument')).toThrow(
      'argument .users[0].notify is a function, which requires a connection in both directions',
    );
    expect(() => writeJson([Symbol('x')], rich)).toThrow('value[0] is a symbol');
    expect(() => writeJson({ a: Promise.resolve() }, rich)).toThrow('value.a is a Promise');
    const circle: { map: Map<string, unknown> } = { map: new Map() };
    circle.map.set('back', circle);
    expect(() => writeJson(circle, rich)).toThrow('is a circular reference');
    expect(codeOf(() => writeJson(2n ** 8191n, rich))).toBe('invalid_argument');
    const endless = new Proxy([1], { get: (array, key) => (key === 'length' ? 2 ** 33 : Reflect.get(array, key)) });
    expect(() => writeJson([endless], rich)).toThrow('value[0] is an array with an invalid length');
    expect(trip(2n ** 8191n - 1n)).toBe(2n ** 8191n - 1n);
    expect(trip(-(2n ** 8191n))).toBe(-(2n ** 8191n));
  });
});

describe('natural JSON', () => {
  it('is readable for any client: ISO dates, strings for bigints and URLs, base64, lists for Maps and Sets', () => {
    const value = {
      at: new Date(0),
      big: 2n ** 70n,
      url: new URL('https://a.example/'),
      bytes: Uint8Array.of(255),
      map: new Map([['a', 1]]),
      set: new Set([2]),
      gone: undefined,
      list: [undefined, Number.NaN, -0],
    };
    expect(JSON.parse(writeJson(value, natural))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      big: '1180591620717411303424',
      url: 'https://a.example/',
      bytes: '/w==',
      map: [['a', 1]],
      set: [2],
      list: [null, null, 0],
    });
    expect(writeJson(undefined, natural)).toBe('null');
  });

  it('is read without tags', () => {
    expect(readJson('{"v":1,"t":[["d"]]}', natural)).toEqual({ v: 1, t: [['d']] });
  });
});

describe('what arrives', () => {
  it('A3: a million levels of nesting cause a typed error', () => {
    for (const text of ['['.repeat(1_000_000), '{"a":'.repeat(1_000_000), `{"v":${'['.repeat(1_000_000)}`]) {
      expect(codeOf(() => readJson(text, rich))).toBe('invalid_argument');
    }
    const within = `${'['.repeat(60)}${']'.repeat(60)}`;
    expect(readJson(`{"v":${within}}`, rich)).toEqual(JSON.parse(within));
  });

  it('A3: the deepest allowed level is written and read; one more is refused on both sides', () => {
    const nested = (levels: number) => {
      let value: unknown = 'x';
      for (let level = 0; level < levels; level++) value = [value];
      return value;
    };
    const deepest = baseLimits.depth + 1;
    expect(trip(nested(deepest))).toEqual(nested(deepest));
    expect(codeOf(() => writeJson(nested(deepest + 1), rich))).toBe('resource_exhausted');
    expect(codeOf(() => readJson(`{"v":${JSON.stringify(nested(deepest + 1))}}`, rich))).toBe('invalid_argument');
  });

  it('A4: one element over the limit is refused before anything is built', () => {
    const limits = { depth: 64, elements: 1_000 };
    const list = (count: number) => `[${'0,'.repeat(count - 1)}0]`;
    expect((readJson(list(1_000), { ...natural, limits }) as unknown[]).length).toBe(1_000);
    expect(codeOf(() => readJson(list(1_001), { ...natural, limits }))).toBe('invalid_argument');
    expect(codeOf(() => readJson('[]'.padEnd(5_000, '[]'), { ...natural, limits }))).toBe('invalid_argument');
  });

  it('A4: numbers as Map keys count with the cost of hash collisions', () => {
    const keys = Array.from({ length: 6_000 }, (_, index) => `[${index},0]`).join(',');
    expect(codeOf(() => readJson(`{"v":[${keys}],"t":[["m"]]}`, rich))).toBe('invalid_argument');
  });

  it('A7: a property named __proto__ is refused in every notation', () => {
    for (const name of [
      '__proto__',
      '\\u005f_proto__',
      '__proto_\\u005F',
      '__pr\\u006fto__',
      '\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f',
    ]) {
      for (const space of ['', ' ', '\n\t ']) {
        const text = `{"v":{"a":1,"${name}"${space}:{"polluted":true}}}`;
        expect(
          codeOf(() => readJson(text, rich)),
          text,
        ).toBe('invalid_argument');
      }
    }
    expect(readJson('{"v":{"a":"__proto__","__proto":1,"x__proto__":2}}', rich)).toEqual({
      a: '__proto__',
      __proto: 1,
      x__proto__: 2,
    });
    expect(Object.hasOwn({}, 'polluted')).toBe(false);
  });

  it('A7: the path of a tag cannot reach outside of the value', () => {
    for (const tag of [
      '["d","constructor"]',
      '["d","__proto__"]',
      '["u","__proto__","x"]',
      '["d",0,"length"]',
      '["n","a","toString"]',
      '["d","list","length"]',
      '["d","list",7]',
      '["d","list",-1]',
      '["d","list","0"]',
      '["d","a"]',
      '["m","a"]',
      '["s","a"]',
      '["zz","a"]',
      '["a99","bytes"]',
      '["a7","bytes"]',
      '["t1","bytes"]',
      '["e","bytes"]',
      '["i","bytes"]',
      '["l","bytes"]',
      '["x","a"]',
      '["r","a"]',
      '["r","bytes"]',
      '["q","a"]',
      '["h","a"]',
      '["h","list"]',
      '["o","list"]',
      '["g","a"]',
      '["g","list",0]',
      '[]',
      '7',
      '{"0":"d"}',
      '[["d"]]',
    ]) {
      const text = `{"v":{"a":1,"list":[1],"bytes":"AQI="},"t":[${tag}]}`;
      expect(
        codeOf(() => readJson(text, rich)),
        tag,
      ).toBe('invalid_argument');
    }
  });

  it.each([
    ...[
      '2020-02-30',
      '2020-02-31',
      '2021-02-29',
      '1900-02-29',
      '2020-04-31',
      '2020-13-01',
      '2020-00-01',
      '2020-01-00',
      '2020-01-32',
    ]
      .concat(['+002020-01-01', '-000000-01-01', '+275760-09-14', '2020-1-1'])
      .map((day) => ['d', `${day}T00:00:00.000Z`]),
    ...['24:00:00.000Z', '25:00:00.000Z', '00:60:00.000Z', '00:00:60.000Z', '00:00:00Z', '00:00:00.0000Z', '00:00:00.000+00:00']
      .concat(['00:00:00.000', '00:00:00.000z'])
      .map((time) => ['d', `2020-01-01T${time}`]),
    ['d', '2020-01-01'],
    ['d', ' 2020-01-01T00:00:00.000Z'],
    ['d', ''],
    ...['2020-02-31', '2020-13-01'].map((day) => ['t3', day]),
    ...['24:00:00', '00:60:00', '23:59:60', '235960Z'].map((time) => ['t4', time]),
    ['t5', '2020-01-01T23:59:60'],
    ['t1', '2020-02-31T00:00:00Z'],
    ['t1', '2016-12-31T23:59:60Z'],
    ['t2', '2016-12-31T23:59:60+00:00[UTC]'],
    ['t2', '2020-01-01T00:00:00+05:00[UTC]'],
    ['t6', '2020-13'],
    ['t7', '02-30'],
    ['t8', 'P1'],
    ['l', 'https://a.example/a/../b'],
    ['l', 'HTTPS://a.example/'],
    ['l', 'https://a.example:99999/'],
    ['i', '007'],
    ['n', '1'],
  ])('refuses the tag %s for %s, which is none, or another than it says', (tag, text) => {
    const read = JSON.stringify({ v: { at: text }, t: [[tag, 'at']] });
    expect([codeOf(() => readJson(read, rich)), tag === 'd' && codeOf(() => readCommonJson(read, true))]).toEqual([
      'invalid_argument',
      tag === 'd' && 'invalid_argument',
    ]);
  });

  it.each(['2020-02-29T23:59:59.999Z', '0000-01-01T00:00:00.000Z', '-000001-12-31T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'])(
    'reads the date %s',
    (text) => {
      const read = JSON.stringify({ v: text, t: [['d']] });
      for (const date of [readJson(read, rich), readCommonJson(read, true)?.value]) {
        expect(date).toBeInstanceOf(Date);
        expect((date as Date).toISOString()).toBe(text);
      }
    },
  );

  it('refuses texts that are not rich JSON', () => {
    for (const text of [
      '',
      '[]',
      '1',
      '"v"',
      'null',
      '{}',
      '{"t":[]}',
      '{"v":1,"t":7}',
      '{"v":1',
      '{"v":1}}',
      '{"v":1,}',
      '{v:1}',
      '"\\',
      '{"v":"',
    ]) {
      expect(
        codeOf(() => readJson(text, rich)),
        text,
      ).toBe('invalid_argument');
    }
  });

  it('A1: mutated and truncated texts are either read or refused', () => {
    const samples = [
      writeJson([{ at: new Date(0), n: [1n, Number.NaN], m: new Map([['a', new Set([1])]]), b: Uint8Array.of(1) }], rich),
      writeJson({ error: new NotFoundError('x'), list: [1, 2, { deep: [[['x']]] }] }, rich),
      writeJson([/x/g, new URLSearchParams('a=1&b=2'), new Headers({ a: '1' }), Object(1n), [1, , 2]], rich),
    ];
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state % below;
    };
    for (let run = 0; run < 20_000; run++) {
      const sample = samples[run % samples.length]!;
      const at = random(sample.length);
      const text =
        run % 3 === 0
          ? sample.slice(0, at)
          : `${sample.slice(0, at)}${String.fromCharCode(32 + random(95))}${sample.slice(at + random(3))}`;
      const code = codeOf(() => readJson(text, rich));
      if (code !== undefined) expect(code).toBe('invalid_argument');
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
