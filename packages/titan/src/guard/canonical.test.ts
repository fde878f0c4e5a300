import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentsText, canonical, canonicalArguments } from './canonical.js';

const data = fc.anything({
  withBigInt: true,
  withDate: true,
  withNullPrototype: false,
  maxDepth: 3,
  key: fc.oneof(fc.string(), fc.constantFrom('a', 'b', '"', '\\', '\u0000', '\ud800', ',"b":1')),
  values: [
    fc.boolean(),
    fc.integer({ min: -2, max: 2 }),
    fc.double(),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom<unknown>(undefined, null, -0, 'undefined', 'null', '1', '1n', '\u0000', '\ud800', '\udfff', '"', '},{'),
  ],
});
/** The same data, with the keys of its records the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).reverse();
  // Not `fromEntries` over numbers: engines put those in order by themselves.
  return Object.fromEntries(entries.map(([key, each]) => [key, turned(each)]));
}

describe('SV-04: the text that results are kept by', () => {
  it('is equal for equal arguments alone, whatever a member was called with before', () => {
    const text = new ArgumentsText();
    const write = (args: readonly unknown[]) => {
      const values = text.of(args);
      return values === undefined ? undefined : `${text.keys}${values}`;
    };
    const flat = fc.dictionary(fc.constantFrom('a', 'b', '2', '__proto__', '"'), data, { maxKeys: 3 });
    const lists = fc.oneof(
      flat.map((record) => [record]),
      fc.array(data, { maxLength: 3 }),
    );
    const pairs = fc.oneof(
      fc.tuple(lists, lists),
      lists.map((list) => [list, turned(list) as unknown[]] as const),
    );
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const [first, second] = [write(one), write(other)];
        expect(first === second).toBe(canonicalArguments(one) === canonicalArguments(other));
        // Once more, now that the keys of the other are known.
        expect(write(one)).toBe(first);
      }),
      { numRuns: 1_000 },
    );
    expect([write([{ a: 1, b: -0 }]), write([{ b: 'x"', a: true }])]).toEqual(['["a","b"]:1,-0', '["a","b"]:true,"x\\""']);
    expect([write([{}]), write([[]]), write([{ a: [1] }]), write([{ a: () => 1 }])]).toEqual([
      '{}',
      '[]',
      '{"a":[1]}',
      undefined,
    ]);
  });
  it('is equal for equal arguments and different for different ones', () => {
    const lists = fc.array(data, { maxLength: 3 });
    const pairs = fc.oneof(
      fc.tuple(lists, lists),
      lists.map((list) => [list, turned(list) as unknown[]] as const),
      lists.map((list) => [list, [list]] as const),
    );
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const [first, second] = [canonicalArguments(one), canonicalArguments(other)];
        expect(first).toBeTypeOf('string');
        expect(first === second).toBe(isDeepStrictEqual(one, other));
      }),
      { numRuns: 2_000 },
    );
  });
  it('does not exist for what is told apart by more than its content, or is very deep', () => {
    const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    class Point {}
    expect(
      [() => 1, Symbol.iterator, new Point(), [new WeakMap()], { deep: [Promise.resolve()] }, deep(66)].map(canonical),
    ).toEqual(Array(6).fill(undefined));
    expect([canonicalArguments([1, () => 1]), canonicalArguments([() => 1])]).toEqual([undefined, undefined]);
    expect(canonical(deep(60))).toBeTypeOf('string');
  });
  it('tells binary data, maps, sets and dates from each other', () => {
    const values = [new Uint8Array([1]), new Int8Array([1]), [1], new Map([[1, 1]]), new Set([1]), new Date(1), 1, 1n, '1'];
    expect(new Set(values.map(canonical)).size).toBe(values.length);
  });
});
