import { describe, expect, it } from 'vitest';
import { store } from '../index.js';
import { errorText, preview } from './preview.js';

const throws = () => {
  throw new Error('not yours');
};
const proxy = new Proxy(
  {},
  { get: throws, ownKeys: throws, getPrototypeOf: throws, has: throws, getOwnPropertyDescriptor: throws },
);
const circle: Record<string, unknown> = { id: 1 };
circle.self = circle;

describe('preview', () => {
  it.each<[string, unknown, string]>([
    ['a circle', circle, '{ id: 1, self: { id: 1, self: { id: 1, self: Object{…} } } }'],
    ['a circle in a store', store(circle), '{ id: 1, self: { id: 1, self: { id: 1, self: Object{…} } } }'],
    [
      'a getter that throws',
      {
        a: 1,
        get b() {
          return throws();
        },
        c: 3,
      },
      '{ a: 1, b: (unreadable), c: 3 }',
    ],
    ['a proxy that throws', proxy, '(unreadable)'],
    ['a proxy that throws, in an object', { a: 1, proxy }, '{ a: 1, proxy: (unreadable) }'],
    ['a revoked proxy', [revoked()], '[(unreadable)]'],
    ['a constructor that is no class', { constructor: { name: Symbol('x') } }, '(unreadable)'],
    ['no prototype', Object.assign(Object.create(null), { a: 1 }), '{ a: 1 }'],
    ['bytes', new Uint8Array(1_000_000), 'Uint8Array(1000000) {0, 0, 0, 0, 0, … 999995 more}'],
    ['a view of bytes', new DataView(new ArrayBuffer(8)), 'DataView {}'],
    ['a long list', Array.from({ length: 1_000 }, (_, at) => at), '[0, 1, 2, 3, 4, … 995 more]'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a date that is none', new Date(Number.NaN), 'Date(invalid)'],
  ])('writes %s', (_what, value, text) => {
    expect(preview(value)).toBe(text);
  });

  it('takes a few items of a Map or a Set, however many it has', () => {
    let taken = 0;
    class Counted extends Set<number> {
      override *[Symbol.iterator](): SetIterator<number> {
        for (const item of super.values()) {
          taken++;
          yield item;
        }
      }
    }
    expect(preview(new Counted(Array.from({ length: 10_000 }, (_, at) => at)))).toBe(
      'Counted(10000) {0, 1, 2, 3, 4, … 9995 more}',
    );
    expect(taken).toBe(5);
  });

  it('is short, whatever is written', () => {
    const wide = (depth: number): unknown =>
      depth === 0 ? 'x'.repeat(10_000) : Array.from({ length: 20 }, () => wide(depth - 1));
    expect(preview(wide(3)).length).toBe(200);
  });
});

it('an error whose message cannot be read is told of as such', () => {
  class Bad extends Error {
    override get message(): string {
      return throws();
    }
  }
  expect([
    errorText(new Bad()),
    errorText(proxy),
    errorText(null),
    errorText(Object.assign(new Error('x'), { code: 'c' })),
  ]).toEqual(['(unreadable)', '(unreadable)', 'null', 'c: x']);
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
