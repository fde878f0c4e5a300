import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { share } from './share.js';

const rows = () =>
  Array.from({ length: 10 }, (_, id) => ({
    id,
    at: new Date(id),
    tags: new Set([id]),
    more: new Map([['a', [id]]]),
    bytes: Uint8Array.of(id),
  }));

describe('share', () => {
  it('returns the old value when nothing changed, including dates, Maps, Sets and bytes', () => {
    const before = rows();
    expect(share(before, rows())).toBe(before);
  });

  it('keeps the parts that did not change', () => {
    const before = rows();
    const now = rows();
    now[3]!.at = new Date(99);
    now[4]!.tags = new Set([1, 2]);
    now[5]!.more = new Map([['a', [6]]]);
    now[6]!.bytes = Uint8Array.of(7);
    const result = share(before, now);
    expect(result).not.toBe(before);
    for (const index of [0, 1, 2, 7, 8, 9]) expect(result[index]).toBe(before[index]);
    for (const index of [3, 4, 5, 6]) expect(result[index]).not.toBe(before[index]);
    expect(result[3]?.tags).toBe(before[3]?.tags);
    expect(result).toEqual(now);
  });

  it('sees -0, NaN, lengths, missing and undefined properties, orders and kinds', () => {
    for (const [before, now] of [
      [[0], [-0]],
      [[1], [1, 2]],
      [[1, 2], [1]],
      [{ a: undefined }, {}],
      [{}, { a: undefined }],
      [{ a: 1 }, { b: 1 }],
      [[], {}],
      [new Set([1, 2]), new Set([2, 1])],
      [
        new Map([
          [1, 1],
          [2, 2],
        ]),
        new Map([
          [2, 2],
          [1, 1],
        ]),
      ],
      [new Date(0), new Date(Number.NaN)],
      [Int8Array.of(1), Uint8Array.of(1)],
      [new URL('http://a/'), new URL('http://b/')],
    ] as const) {
      expect(share(before, now)).toBe(now);
    }
    const nan = [Number.NaN, new Date(Number.NaN)];
    expect(share(nan, [Number.NaN, new Date(Number.NaN)])).toBe(nan);
  });

  it('returns a value equal to the new one, for any two values', () => {
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(0, 1, 'a', null, undefined),
        fc.date({ min: new Date(0), max: new Date(3) }),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('any'), { maxKeys: 2, noNullPrototype: true }),
        fc.array(fc.tuple(fc.constantFrom('a', 'b'), tie('any')), { maxLength: 2 }).map((entries) => new Map(entries)),
      ),
    })).any;
    fc.assert(
      fc.property(value, value, (before, now) => {
        const expected = structuredClone(now);
        expect(share(before, now)).toStrictEqual(expected);
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });
});
