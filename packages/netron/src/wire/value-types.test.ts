import { expect, it } from 'vitest';
import { ValueTypes } from './value-types.js';

class Money {
  constructor(readonly cents: number) {}
}
const rules = { encode: ({ cents }: Money) => cents, decode: (cents: number) => new Money(cents) };

it('finds a type by its name, and by an instance of its class or of a subclass', () => {
  class Price extends Money {}
  const types = new ValueTypes();
  types.register(Money, rules);
  const type = types.named('Money');
  expect([types.size, types.of(new Money(1)), types.of(new Price(1)), types.of({})]).toEqual([1, type, type, undefined]);
  expect(type?.decode(type.encode(new Money(5)))).toEqual(new Money(5));
});

it('refuses two classes of one name, and one class under two', () => {
  const types = new ValueTypes();
  types.register(Money, rules);
  types.register(Money, rules);
  expect(() => types.register(class extends Money {}, { ...rules, name: 'Money' })).toThrow(
    "another class is registered as 'Money'",
  );
  expect(() => types.register(Money, { ...rules, name: 'Cash' })).toThrow("'Cash' is already registered as 'Money'");
});

it.each([
  [Date, 'a Date has a built-in encoding'],
  [Map, 'a Map has a built-in encoding'],
  [Uint8Array, 'a Uint8Array has a built-in encoding'],
  [Object, 'expected a class that is not built in'],
  [() => 1, 'expected a class that is not built in'],
])('refuses %o, which would never be used', (Class, message) => {
  expect(() => new ValueTypes().register(Class as never, rules as never)).toThrow(message);
});

it('refuses options that are unknown: a misspelt name would be the name of the class', () => {
  expect(() => new ValueTypes().register(Money, { ...rules, nmae: 'Cash' } as never)).toThrow(
    "the type of Money: unknown option 'nmae'; known: name, encode, decode",
  );
  expect(() => new ValueTypes().register(Money, undefined as never)).toThrow('options must be { encode, decode }, not undefined');
});

it('refuses a type without a name, or without a function for each way', () => {
  const types = new ValueTypes();
  expect(() => types.register(class {}, rules as never)).toThrow('must have 1 to 128 characters');
  expect(() => types.register(Money, { encode: rules.encode } as never)).toThrow('encode and decode must be functions');
});
