import { describe, expect, it } from 'vitest';
import { copyPlain } from './plain-data.js';

describe('copyPlain', () => {
  it('copies data and nothing else', () => {
    const bytes = new Uint8Array([1, 2]);
    const date = new Date(5);
    const data = { text: 'a', n: 1, big: 1n, no: null, yes: true, list: [1, [2]], date, bytes, deep: { deeper: {} } };
    const copy = copyPlain({ ...data, run() {}, sign: Symbol('s'), map: new Map(), error: new Error('x') }) as typeof data;
    expect(copy).toEqual(data);
    expect(copy.bytes).not.toBe(bytes);
    expect(copy.date).not.toBe(date);
  });

  it('runs no accessor', () => {
    let ran = false;
    const object = {
      get trap() {
        ran = true;
        return 1;
      },
    };
    expect(copyPlain(object)).toEqual({});
    expect(ran).toBe(false);
  });

  it('is bounded for cycles, depth, width and length', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(JSON.stringify(copyPlain(cyclic))).toBe(`${'{"self":'.repeat(7)}{}${'}'.repeat(7)}`);
    expect(copyPlain(Array.from({ length: 5000 }, () => 0))).toHaveLength(1024);
    expect(copyPlain('x'.repeat(1e5))).toHaveLength(8192);
  });

  it('sets no prototype', () => {
    const copy = copyPlain(JSON.parse('{"__proto__":{"a":1},"b":2}')) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(copy).toEqual({ b: 2 });
  });
});
