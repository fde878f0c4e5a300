import { describe, expect, it } from 'vitest';
import { Definitions, definitionBody } from './definitions.js';

const read = (members: unknown) => new Definitions().read('shop', '1.0.0', members);

describe('definitions', () => {
  it('are read as they were written, annotations included', () => {
    const definition = read([
      ['find', 0, false, { safe: true, cache: { ttl: 60, tags: ['a'] } }],
      ['buy', 0],
      ['level', 2, true, { unit: 'items' }],
      ['open', 2, true],
    ]);
    expect(definition.members).toEqual([
      { name: 'find', kind: 'method', annotations: { safe: true, cache: { ttl: 60, tags: ['a'] } } },
      { name: 'buy', kind: 'method' },
      { name: 'level', kind: 'property', writable: true, annotations: { unit: 'items' } },
      { name: 'open', kind: 'property', writable: true },
    ]);
    expect(read(definitionBody(definition)[2])).toEqual(definition);
  });

  it('with equal content are the same object; with other annotations another', () => {
    const definitions = new Definitions();
    const once = definitions.read('shop', '1.0.0', [['find', 0, false, { safe: true, cache: { ttl: 60 } }]]);
    expect(definitions.read('shop', '1.0.0', [['find', 0, false, { cache: { ttl: 60 }, safe: true }]])).toBe(once);
    for (const other of [{ safe: false, cache: { ttl: 60 } }, { safe: true }, { safe: true, cache: { ttl: 61 } }, undefined]) {
      const fresh = definitions.read('shop', '1.0.0', [['find', 0, false, other]]);
      expect(fresh).not.toBe(once);
      expect(definitions.read('shop', '1.0.0', [['find', 0, false, { safe: true, cache: { ttl: 60 } }]])).not.toBe(fresh);
    }
  });

  it('A8: skip invalid annotations and read on', () => {
    class Foreign {}
    const odd: unknown[] = ['safe', 7, null, [], ['safe'], new Map([['safe', true]]), new Foreign(), () => 1, {}];
    for (const annotations of odd)
      expect(read([['find', 0, false, annotations]]).members).toEqual([{ name: 'find', kind: 'method' }]);
    const published = JSON.parse('{"__proto__":{"x":1},"no name":1,"":1,"safe":true}') as object;
    const [member] = read([['find', 0, false, { ...published, act: () => 1, ['y'.repeat(65)]: 1 }]]).members;
    expect(member?.annotations).toEqual({ safe: true });
    expect(Object.getPrototypeOf(member?.annotations)).toBe(Object.prototype);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`a${number}`, number]));
    expect(Object.keys(read([['find', 0, false, many]]).members[0]?.annotations ?? {})).toHaveLength(32);
  });

  it('with unknown additional elements are read', () => {
    expect(read([['find', 0, false, { safe: true }, 'more', 5]]).members).toEqual([
      { name: 'find', kind: 'method', annotations: { safe: true } },
    ]);
  });
});
