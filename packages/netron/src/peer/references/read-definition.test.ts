import { expect, it } from 'vitest';
import { memberKinds, readDefinition } from './read-definition.js';

it('reads a definition without its annotations', () => {
  const members = [
    ['find', 0, false, { safe: true }],
    ['level', 2, true],
  ];
  const definition = readDefinition('shop', '1.0.0', members);
  expect(definition).toEqual({
    name: 'shop',
    version: '1.0.0',
    members: [
      { name: 'find', kind: 'method' },
      { name: 'level', kind: 'property', writable: true },
    ],
  });
  expect(Object.isFrozen(definition) && Object.isFrozen(definition.members)).toBe(true);
  const annotated = readDefinition('shop', '1.0.0', members, (published) => (published === undefined ? published : { seen: 1 }));
  expect(annotated.members.map(({ annotations }) => annotations)).toEqual([{ seen: 1 }, undefined]);
});

it.each([
  [['shop'], '1.0.0', []],
  ['shop', { toString: '' }, []],
  ['shop', '1.0.0', {}],
  ['', '1.0.0', []],
  ['shop', 'newest', []],
  ['shop', '1.0.0', ['find']],
  ['shop', '1.0.0', [['find', memberKinds.length]]],
  ['shop', '1.0.0', [['then', 0]]],
  ['shop', '1.0.0', [['x'.repeat(129), 0]]],
])('refuses %j@%j with members %j', (name, version, list) => {
  expect(() => readDefinition(name, version, list)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});
