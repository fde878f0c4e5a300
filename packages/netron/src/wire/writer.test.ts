import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { baseLimits } from './limits.js';
import { richReader, richWriter } from './rich-values.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';

function failure(value: unknown, limits = {}): NetronError {
  const writer = richWriter(0, { ...baseLimits, ...limits });
  try {
    writeValue(writer, value, 'result');
  } catch (error) {
    if (error instanceof NetronError) return error;
    throw error;
  }
  throw new Error('was written');
}

function roundTrip(value: unknown): unknown {
  const writer = richWriter(0);
  writeValue(writer, value);
  const reader = richReader();
  reader.load(writer.buffer.subarray(0, writer.position));
  return readValue(reader);
}

class Point {
  x = 1;
  y = 2;
}

class Money {
  readonly #cents = 150;
  toJSON(): unknown {
    return { cents: this.#cents };
  }
}

const cyclic: { list: unknown[]; name: string } = { list: [], name: 'a' };
cyclic.list.push(1, { back: cyclic });

describe('behaviour 50: a value that cannot be sent causes an error with its path', () => {
  it.each<[string, unknown, string]>([
    ['symbol', { user: [{ avatar: Symbol('x') }] }, 'result.user[0].avatar is a symbol'],
    ['function', { 'on-data': () => 1 }, 'result["on-data"] is a function'],
    ['promise', [Promise.resolve(1)], 'result[0] is a Promise'],
    ['promise with properties', Object.assign(Promise.resolve(1), { id: 1 }), 'result is a Promise'],
    ['WeakMap', { a: new WeakMap() }, 'result.a is a WeakMap'],
    ['WeakSet', { a: new WeakSet() }, 'result.a is a WeakSet'],
    ['WeakRef', { a: new WeakRef({}) }, 'result.a is a WeakRef'],
    ['RegExp with a field', [Object.assign(/a/, { id: 1 })], "result[0] is a RegExp with an own field 'id', which would be lost"],
    ['huge RegExp', [new RegExp('a'.repeat(5000))], 'result[0] is a RegExp of more than 4096 characters'],
    ['boxed symbol', [Object(Symbol('x'))], 'result[0] is a Symbol'],
    [
      'instance with members',
      {
        p: new (class Account {
          id = 1;
          close() {}
        })(),
      },
      'result.p is an instance of Account, whose members would be lost: make it a service (@Service, createService), give it toJSON(), or register its class as a type of values',
    ],
    [
      'instance without fields',
      [
        new (class Secret {
          readonly #key = 1;
          static of(s: Secret) {
            return s.#key;
          }
        })(),
      ],
      'result[0] is an instance of Secret without a field to send: make it a service (@Service, createService), give it toJSON(), or register its class as a type of values',
    ],
    [
      'URL with a long host',
      [new URL(`http://${'a'.repeat(300)}/`)],
      'result[0] is a URL with a host of more than 260 characters',
    ],
    ['generator', [(function* () {})()], 'result[0] is a Generator'],
    ['SharedArrayBuffer', [new SharedArrayBuffer(1)], 'result[0] is a SharedArrayBuffer'],
    [
      'function field of a class instance',
      { p: Object.assign(new Point(), { run() {} }) },
      'result.p.run is a function of an instance of Point: make it a service (@Service, createService), give it toJSON(), or register its class as a type of values',
    ],
    ['value in a Map', new Map([['k', Symbol('x')]]), 'result.k is a symbol'],
    ['value in a Map whose key is no text', new Map([[1, Symbol('x')]]), 'result[0] is a symbol'],
    [
      'key of a Map',
      new Map<unknown, number>([
        ['a', 1],
        [Symbol('x'), 2],
      ]),
      'result[1] is a symbol',
    ],
    ['element of a Set', new Set([1, Symbol('x')]), 'result[1] is a symbol'],
    ['cycle', cyclic, 'result.list[1].back is a circular reference'],
    [
      'then',
      [JSON.parse('{}', () => ({ [['then'].join()]: () => 1 }))],
      'result[0].then is a function that would turn the object into a promise',
    ],
    ['__proto__', JSON.parse('{"a":{"__proto__":1}}'), 'result.a.__proto__ has a forbidden name'],
    ['huge integer', [2n ** 9000n], 'result[0] is an integer of more than 8192 bits'],
    ['error without a codec', [new Error('x')], 'result[0] is an error, for which no codec is configured'],
  ])('%s', (_, value, message) => {
    const error = failure(value);
    expect(error.message).toBe(message);
    expect(error.code).toBe('invalid_argument');
  });

  it('a cycle is detected although the receiver announced no limit of depth', () => {
    const error = failure(cyclic, { depth: 1e9, elements: 1e9 });
    expect(error.message).toBe('result.list[1].back is a circular reference');
  });

  it('keeps the error of a getter as the cause', () => {
    const cause = new TypeError('no');
    const error = failure({
      get x() {
        throw cause;
      },
    });
    expect(error).toMatchObject({ code: 'invalid_argument', message: 'result.x cannot be read: no', cause });
  });

  it('shortens a long path', () => {
    let value: unknown = Symbol('x');
    for (let level = 0; level < 60; level++) value = { ['name'.repeat(10)]: value };
    expect(failure(value).message.length).toBeLessThan(300);
  });
});

describe("the receiver's limits", () => {
  it('are named with the option and both numbers; a value that never fits is not retryable', () => {
    const error = failure('x'.repeat(200), { message: 100 });
    expect(error).toMatchObject({ code: 'resource_exhausted', retryable: false });
    expect(error.details).toEqual({ option: 'limits.message', limit: 100, needed: 200 });
    expect(failure([1, 2, 3], { elements: 2 }).details).toEqual({ option: 'limits.elements', limit: 2, needed: 3 });
    expect(new NetronError('resource_exhausted', 'busy').retryable).toBe(true);
  });

  it.each<[string, unknown, object, RegExp]>([
    [
      'elements',
      { list: new Array(11).fill(0) },
      { elements: 11 },
      /^result\.list makes the message exceed the limit of 11 elements of its receiver \(option limits\.elements\): \d+ or more$/,
    ],
    [
      'numbers as keys of a Map',
      { map: new Map(Array.from({ length: 5_000 }, (_, key) => [key, key])) },
      {},
      /^result\.map makes the message exceed the limit of 65536 elements of its receiver \(option limits\.elements\): \d+ or more$/,
    ],
    [
      'numbers in a Set',
      [new Set(Array.from({ length: 5_000 }, (_, key) => key))],
      {},
      /^result\[0\] makes the message exceed the limit of 65536 elements of its receiver \(option limits\.elements\): \d+ or more$/,
    ],
    [
      'depth',
      [[[[0]]]],
      { depth: 3 },
      /^result\[0\]\[0\]\[0\] is nested deeper than the limit of 3 levels of its receiver \(option limits\.depth\): \d+ or more$/,
    ],
    [
      'bytes of a text',
      { t: 'x'.repeat(200) },
      { message: 100 },
      /^result\.t makes the message exceed the limit of 100 bytes of its receiver \(option limits\.message\): \d+ or more$/,
    ],
    [
      'bytes',
      { t: new Uint8Array(200) },
      { message: 100 },
      /^result\.t makes the message exceed the limit of 100 bytes of its receiver \(option limits\.message\): \d+ or more$/,
    ],
    [
      'bytes of many small values',
      new Array(200).fill(7),
      { message: 100 },
      /^result makes the message exceed the limit of 100 bytes of its receiver \(option limits\.message\): \d+ or more$/,
    ],
    [
      'bytes of text that grows by encoding',
      '€'.repeat(50),
      { message: 100 },
      /^result makes the message exceed the limit of 100 bytes of its receiver \(option limits\.message\): \d+ or more$/,
    ],
  ])('%s', (_, value, limits, message) => {
    const error = failure(value, limits);
    expect(error.code).toBe('resource_exhausted');
    expect(error.message).toMatch(message);
  });

  it('allocates nothing for a string that is far too long', () => {
    const writer = richWriter(64);
    expect(() => writeValue(writer, 'x'.repeat(50_000_000))).toThrow(NetronError);
    expect(writer.buffer.length).toBe(64);
  });

  it('works after a failure when the position is reset', () => {
    const writer = richWriter(0);
    writeValue(writer, 'before');
    const { position, elements } = writer;
    expect(() => writeValue(writer, [1, [2, { a: [Symbol('x')] }]])).toThrow(NetronError);
    Object.assign(writer, { position, elements });
    writeValue(writer, [[1]]);
    expect(Buffer.from(writer.buffer.subarray(0, writer.position)).toString('hex')).toBe('a66265666f7265919101');
    expect(writer.elements).toBe(2);
  });
});

describe('conversion of values', () => {
  it.each<[string, unknown, unknown]>([
    ['instances of classes become records of their own enumerable properties', new Point(), { x: 1, y: 2 }],
    ['instances of classes with toJSON are what it returns', [new Money()], [{ cents: 150 }]],
    ['symbols as names are left out', { a: 1, [Symbol('b')]: 2 }, { a: 1 }],
    ['records without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['subclasses of Map are maps', new (class Names extends Map<string, number> {})([['a', 1]]), new Map([['a', 1]])],
    ['a view is sent without the bytes around it', new Uint16Array(new ArrayBuffer(8), 2, 1), new Uint16Array(1)],
    ['a Buffer', Buffer.from('abc'), Buffer.from('abc')],
    ['a Uint8Array arrives as a Buffer', new Uint8Array([1, 2]), Buffer.from([1, 2])],
  ])('%s', (_, value, expected) => {
    expect(roundTrip(value)).toEqual(expected);
  });

  it('values of another realm', () => {
    const foreign: unknown = runInNewContext(
      "({ map: new Map([['a', new Set(['b'])]]), date: new Date(5), list: [1], bytes: new Uint8Array([7]), floats: new Float32Array(1) })",
    );
    expect(roundTrip(foreign)).toEqual({
      map: new Map([['a', new Set(['b'])]]),
      date: new Date(5),
      list: [1],
      bytes: Buffer.from([7]),
      floats: new Float32Array(1),
    });
  });

  it('returns copies of short byte arrays and views of long ones', () => {
    const writer = richWriter(0);
    writeValue(writer, [new Uint8Array(4095), new Uint8Array(4096)]);
    const reader = richReader();
    reader.load(writer.buffer);
    const [few, many] = readValue(reader) as [Buffer, Buffer];
    expect(few.buffer).not.toBe(writer.buffer.buffer);
    expect(many.buffer).toBe(writer.buffer.buffer);
  });
});
