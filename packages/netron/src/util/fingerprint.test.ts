import { describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.js';

describe('fingerprint', () => {
  it('is the same for equal values, another for others', () => {
    const values = [
      ...[[], [1], ['1'], [1n], [null], [Number.NaN], [{ a: 1 }], [{ a: 2 }], [new Map([['a', 1]])], [new Set(['a'])]],
      ...[[new Uint8Array([1])], [new Uint8Array([2])], [new Date(5)], [true]],
    ];
    const prints = values.map(fingerprint);
    expect(new Set(prints).size).toBe(values.length);
    expect(values.map((value) => fingerprint(structuredClone(value)))).toEqual(prints);
    expect(fingerprint([() => 1])).toBe(fingerprint([() => 2]));
  });

  it('is none for a circle', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(fingerprint(circle)).toBeUndefined();
  });
});
