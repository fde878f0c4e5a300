import { describe, expect, it } from 'vitest';
import { stableArgs } from './stable-args.js';

describe('the text of arguments', () => {
  it('is the same for equal arguments, whatever the order of their properties', () => {
    const one = [{ b: 1, a: { d: new Date(7), c: [1, 'x'] } }, new Map([['k', new Set([1])]])];
    const other = [{ a: { c: [1, 'x'], d: new Date(7) }, b: 1 }, new Map([['k', new Set([1])]])];
    expect(stableArgs(one)).toBe(stableArgs(other));
  });

  it('differs for values that differ, of one kind and of several', () => {
    const values: unknown[] = [
      ...[undefined, null, true, false, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1, '1', 1n, '', 'u', 'null', 'd7'],
      ...[new Date(7), 7, [], [[]], {}, [undefined], [null], { a: undefined }, { a: null }, { a: { b: 1 } }, { 'a":{"b': 1 }],
      ...[new Set(), new Map(), new Set([1, 2]), new Set([2, 1]), new Map([[1, 2]]), [[1, 2]], new URL('http://a/'), 'http://a/'],
      ...[Uint8Array.of(1), Uint16Array.of(1), new DataView(new ArrayBuffer(1)), [1], ['1,'], ['1', '']],
    ];
    const texts = values.map((value) => stableArgs([value]));
    expect(texts).not.toContain(undefined);
    expect(new Set(texts).size).toBe(values.length);
    expect(stableArgs(['a', 'b'])).not.toBe(stableArgs(['a,b']));
    expect(stableArgs([[1], 2])).not.toBe(stableArgs([[1, 2]]));
  });

  it('does not exist when a value in them has none', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [
      () => {},
      Symbol('x'),
      circle,
      new Blob([]),
      new ReadableStream(),
      Promise.resolve(),
      new (class A {})().constructor,
    ])
      expect(stableArgs([{ value }])).toBeUndefined();
  });

  it('is not truncated when a getter throws', () => {
    const trap = {
      get a(): never {
        throw new Error('mine');
      },
    };
    expect(() => stableArgs([trap])).toThrow('mine');
  });
});
