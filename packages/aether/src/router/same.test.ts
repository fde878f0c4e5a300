import { describe, expect, it } from 'vitest';
import { same } from './same.js';

class Point {
  constructor(readonly x: number) {}
}
const circle = (name: string) => {
  const value: Record<string, unknown> = { name, list: [] };
  value.self = value;
  (value.list as unknown[]).push(value, { value });
  return value;
};

describe('same', () => {
  it.each<[string, unknown, unknown]>([
    ['NaN', Number.NaN, Number.NaN],
    ['bigints', 1n, 1n],
    ['objects whose fields stand in another order', { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }],
    ['an object and one without a prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
    ['dates', new Date(5), new Date(5)],
    ['dates that are none', new Date(Number.NaN), new Date(Number.NaN)],
    ['sets', new Set([{ a: 1 }]), new Set([{ a: 1 }])],
    ['maps', new Map([['a', [1]]]), new Map([['a', [1]]])],
    ['circles', circle('a'), circle('a')],
  ])('takes %s for the same', (_what, a, b) => {
    expect([same(a, b), same([a], [b]), same({ a }, { a: b })]).toEqual([true, true, true]);
  });

  it.each<[string, unknown, unknown]>([
    ['undefined and null', undefined, null],
    ['zero and its negative', 0, -0],
    ['a number and its text', 1, '1'],
    ['a bigint and a number', 1n, 1],
    ['a date and its text', new Date(0), new Date(0).toJSON()],
    ['a list and an object', [1], { 0: 1 }],
    ['lists of two lengths', [1], [1, undefined]],
    ['a field that is undefined and none', { a: undefined }, {}],
    ['fields of two names', { a: undefined }, { b: undefined }],
    ['a field and an inherited one', { toString: undefined }, { a: undefined }],
    ['sets', new Set([1]), new Set([2])],
    ['a set and a map', new Set(), new Map()],
    ['maps', new Map([[1, 2]]), new Map([[1, 3]])],
    ['instances', new Point(1), new Point(1)],
    ['an instance and a plain object', new Point(1), { x: 1 }],
    ['circles', circle('a'), circle('b')],
    ['addresses', new URL('http://a/'), new URL('http://b/')],
  ])('tells %s apart', (_what, a, b) => {
    expect([same(a, b), same(b, a), same([a], [b])]).toEqual([false, false, false]);
  });
});
