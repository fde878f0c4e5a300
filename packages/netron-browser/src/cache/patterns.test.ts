import { describe, expect, it } from 'vitest';
import { type InvalidationPattern, matcher } from './patterns.js';

const entries = [
  { key: 'a Ada shop/users.find("7")', name: 'shop/users.find', tags: new Set(['user:7']) },
  { key: 'a Ada shop/users.list()', name: 'shop/users.list', tags: new Set(['users', 'a.b']) },
  { key: 'a Ada orders.list()', name: 'orders.list', tags: new Set<string>() },
];
const matched = (pattern: InvalidationPattern) => entries.filter(matcher(pattern)).map(({ name }) => name);

describe('patterns of invalidation', () => {
  it.each<[string, InvalidationPattern, string[]]>([
    ['a tag', 'user:7', ['shop/users.find']],
    ['a service', 'shop/users', ['shop/users.find', 'shop/users.list']],
    ['a part of a service’s name, which is none', 'users.find', []],
    ['a method', 'orders.list', ['orders.list']],
    ['a whole key', 'a Ada orders.list()', ['orders.list']],
    ['any characters', '*.list', ['shop/users.list', 'orders.list']],
    ['any characters in the middle', 'shop/*.find', ['shop/users.find']],
    ['any characters of a tag', 'user*', ['shop/users.find', 'shop/users.list']],
    ['a dot, which is itself', 'a.*', ['shop/users.list']],
    ['a list', ['user:7', 'orders'], ['shop/users.find', 'orders.list']],
    ['an empty list', [], []],
    ['an expression over names, tags and keys', /^orders|user:\d|"7"/, ['shop/users.find', 'orders.list']],
  ])('%s', (_, pattern, names) => {
    expect(matched(pattern)).toEqual(names);
  });

  it('an expression with lastIndex is tested on each entry independently', () => {
    const pattern = /list/g;
    expect([matched(pattern), matched(pattern)]).toEqual([
      ['shop/users.list', 'orders.list'],
      ['shop/users.list', 'orders.list'],
    ]);
    expect(pattern.lastIndex).toBe(0);
  });
});
