import { describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.js';

describe('fingerprint', () => {
  it('is equal for equal values and differs for others', () => {
    const values = [
      ...[[], [1], ['1'], [1n], [null], [Number.NaN], [{ a: 1 }], [{ a: 2 }], [new Map([['a', 1]])], [new Set(['a'])]],
      ...[[new Uint8Array([1])], [new Uint8Array([2])], [new Date(5)], [true]],
    ];
    const prints = values.map(fingerprint);
    expect(new Set(prints).size).toBe(values.length);
    expect(values.map((value) => fingerprint(structuredClone(value)))).toEqual(prints);
    expect(fingerprint([() => 1])).toBe(fingerprint([() => 2]));
  });

  it('distinguishes bytes in any container, and treats those of a Buffer as bytes', () => {
    const holders = [
      (n: number) => Uint8Array.of(n).buffer,
      (n: number) => new DataView(Uint8Array.of(n).buffer),
      (n: number) => Int16Array.of(n),
    ];
    for (const hold of holders) expect(fingerprint(hold(1))).not.toBe(fingerprint(hold(2)));
    const { Buffer } = globalThis as { Buffer?: { from(bytes: number[]): Uint8Array } };
    if (Buffer !== undefined) expect(fingerprint(Buffer.from([1, 2]))).toBe(fingerprint(Uint8Array.of(1, 2)));
  });

  it('distinguishes values that JSON writes as an empty object', () => {
    const pairs: [unknown, unknown][] = [
      [/a/, /b/],
      [/a/g, /a/],
      [new Error('a'), new Error('b')],
      [new Error('a', { cause: 1 }), new Error('a', { cause: 2 })],
      [new TypeError('a'), new RangeError('a')],
      [new URLSearchParams('a=1'), new URLSearchParams('a=2')],
      [new Headers({ a: '1' }), new Headers({ a: '2' })],
      [new Blob(['a']), new Blob(['ab'])],
    ];
    for (const [a, b] of pairs) expect(fingerprint({ a }), String(a)).not.toBe(fingerprint({ a: b }));
    expect(fingerprint([/a/g, new Headers({ a: '1' })])).toBe(fingerprint([/a/g, new Headers({ A: '1' })]));
    expect(fingerprint({ a: null })).not.toBe(fingerprint({ a: {} }));
  });

  it('is undefined for a cycle', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(fingerprint(circle)).toBeUndefined();
  });
});
