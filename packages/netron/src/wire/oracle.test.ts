import { isDeepStrictEqual } from 'node:util';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { richReader, richWriter } from './rich-values.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';

const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint', moreTypes: false });
const reader = richReader();
const writer = richWriter(0);

function written(value: unknown): Buffer {
  writer.reset();
  writeValue(writer, value);
  return Buffer.from(writer.buffer.subarray(0, writer.position));
}

function read(bytes: Uint8Array): unknown {
  reader.load(bytes);
  const value = readValue(reader);
  expect(reader.position).toBe(reader.end);
  return value;
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const date = fc.date({ noInvalidDate: true });
const key = fc.string({ maxLength: 40 }).filter((name) => name !== '__proto__');

const double = fc.double().map((number) => number || 0);
const leaf = fc.oneof(fc.integer(), fc.maxSafeInteger(), double, fc.boolean(), fc.constant(null), text, bytes, date);

/** Values that every MessagePack implementation has. */
const common = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double().map((number) => number || 0),
      fc.boolean(),
      fc.constant(null),
      text,
      bytes,
      date,
    ),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

/** Every value that this codec supports. */
const any = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(leaf, fc.constantFrom(undefined, -0, Number.NaN), fc.bigInt(), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })),
    fc.oneof(
      fc.float64Array({ maxLength: 5 }),
      fc.int16Array({ maxLength: 5 }),
      fc.bigUint64Array({ maxLength: 5 }),
      fc.webUrl().map((url) => new URL(url)),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 5 }).map((elements) => new Set(elements)),
  ),
})).value;

const same = isDeepStrictEqual;
const runs = { numRuns: 500, seed: 20_261_120 };

describe('beside other implementations', () => {
  it('@msgpack/msgpack reads what this codec writes', () => {
    fc.assert(
      fc.property(common, (value) => same(asBuffers(decode(written(value))), value)),
      runs,
    );
  });

  it('this codec reads what @msgpack/msgpack writes, with 64-bit integers as bigints', () => {
    fc.assert(
      fc.property(common, (value) => same(withNumbers(read(encode(value))), value)),
      runs,
    );
  });

  it('@msgpack/msgpack writes the same bytes, but for 64-bit integers', () => {
    const small = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      text,
      bytes,
      fc.array(fc.integer()),
      fc.dictionary(key, text, { noNullPrototype: true }),
    );
    fc.assert(
      fc.property(small, (value) => written(value).equals(Buffer.from(encode(value)))),
      runs,
    );
  });

  it('msgpackr reads what this codec writes', () => {
    fc.assert(
      fc.property(common, (value) => same(asBuffers(packr.unpack(written(value))), value)),
      runs,
    );
  });

  it('this codec reads what msgpackr writes', () => {
    fc.assert(
      fc.property(common, (value) => same(read(packr.pack(value)), value)),
      runs,
    );
  });
});

describe('round trip', () => {
  it('any value arrives unchanged', () => {
    fc.assert(
      fc.property(any, (value) => {
        if (!same(read(written(value)), value)) return false;
        return reader.limits.elements - reader.elementsLeft === writer.elements;
      }),
      runs,
    );
  });

  it('writing a read value gives the same bytes', () => {
    fc.assert(
      fc.property(any, (value) => {
        const first = written(value);
        return written(read(first)).equals(first);
      }),
      runs,
    );
  });

  it('texts of every length up to 300, with the first wide character at each place', () => {
    for (let length = 0; length <= 300; length++) {
      const ascii = 'abcdefghij'.repeat(30).slice(0, length);
      expect(read(written(ascii))).toBe(ascii);
      for (const wide of ['é', '€', '😀']) {
        const mixed = ascii.slice(0, length >> 1) + wide + ascii.slice(length >> 1);
        expect(read(written(mixed))).toBe(mixed);
      }
    }
  });

  it('integers around every power of two', () => {
    for (let exponent = 0; exponent <= 53; exponent++) {
      for (const offset of [-1, 0, 1]) {
        for (const sign of [1, -1]) {
          const number = sign * (2 ** exponent + offset);
          expect(read(written(number))).toBe(number);
        }
      }
    }
    for (let exponent = 0n; exponent <= 300n; exponent++) {
      for (const offset of [-1n, 0n, 1n]) {
        for (const sign of [1n, -1n]) {
          const integer = sign * (2n ** exponent + offset);
          expect(read(written(integer))).toBe(integer);
        }
      }
    }
  });
});

/** Converts bytes to Buffers, which the other implementation does not return. */
function asBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(asBuffers);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, asBuffers(entry)]));
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withNumbers(entry)]));
}
