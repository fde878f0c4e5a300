import { expect, it } from 'vitest';
import { identityKey } from '../middleware/identity-key.js';
import { sameIdentity } from './same-identity.js';

it('identities are equal when they, or the fields that name them, are equal', () => {
  expect(sameIdentity('ann', 'ann')).toBe(true);
  expect(sameIdentity({ id: 7, roles: ['a'] }, { roles: [], id: 7 })).toBe(true);
  expect(sameIdentity({ sub: 'ann', exp: 1 }, { sub: 'ann', exp: 2 })).toBe(true);
  expect(sameIdentity({ userId: 'ann', tokenId: '1' }, { userId: 'ann', tokenId: '2' })).toBe(true);
  expect(sameIdentity({ name: 'ann', of: { a: 1, b: 2 } }, { of: { b: 2, a: 1 }, name: 'ann' })).toBe(true);
});

it('all other identities differ, and anonymous is never equal', () => {
  expect(sameIdentity('7', 7)).toBe(false);
  expect(sameIdentity({ id: 7 }, { id: '7' })).toBe(false);
  expect(sameIdentity({ id: 'x' }, { sub: 'x' })).toBe(false);
  expect(sameIdentity({ userId: 'ann', tenant: 'a' }, { userId: 'ann', tenant: 'b' })).toBe(false);
  expect(sameIdentity({ name: 'ann' }, { name: 'bob' })).toBe(false);
  for (const nobody of [undefined, null]) expect(sameIdentity(nobody, nobody)).toBe(false);
  const circle: { self?: unknown } = {};
  const other: { self?: unknown } = {};
  for (const each of [circle, other]) each.self = each;
  expect(sameIdentity(circle, other)).toBe(false);
});

it('hidden state of an identity does not count as equal', () => {
  class User {
    readonly #id: string;
    constructor(id: string) {
      this.#id = id;
    }
    greet(): string {
      return this.#id;
    }
  }
  const ada = new User('ada');
  expect(sameIdentity(ada, new User('eve'))).toBe(false);
  expect(sameIdentity(ada, ada)).toBe(true);
  expect(sameIdentity(new Map([['id', 'ada']]), new Map([['id', 'eve']]))).toBe(false);
  expect(sameIdentity({ of: new Set(['ada']) }, { of: new Set(['eve']) })).toBe(false);
  const unreadable = () =>
    Object.defineProperty({}, 'id', {
      get: () => {
        throw new Error('no');
      },
    });
  expect(sameIdentity(unreadable(), unreadable())).toBe(false);
});

it('the result of toJSON is not the whole identity', () => {
  class User {
    readonly #id: string;
    constructor(id: string) {
      this.#id = id;
    }
    toJSON() {
      return { role: 'user', known: this.#id.length > 0 };
    }
  }
  const [ada, eve] = [new User('ada'), new User('eve')];
  expect(sameIdentity(ada, eve)).toBe(false);
  expect(sameIdentity({ id: ada }, { id: eve })).toBe(false);
  expect(sameIdentity({ id: 'x', tenant: ada }, { id: 'x', tenant: eve })).toBe(false);
  expect(sameIdentity([ada], [eve])).toBe(false);
  const shows = (id: string) => ({ id: { of: id, toJSON: () => 'a user' } });
  expect(sameIdentity(shows('ada'), shows('eve'))).toBe(false);
  class Since extends Date {
    readonly who: string;
    constructor(who: string) {
      super(0);
      this.who = who;
    }
  }
  expect(sameIdentity({ since: new Since('ada') }, { since: new Since('eve') })).toBe(false);
  expect(sameIdentity({ since: new Date(0) }, { since: new Date(0) })).toBe(true);
  expect(sameIdentity({ since: new Date(0) }, { since: new Date(1) })).toBe(false);
});

it('data of another kind is other data', () => {
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(identityKey(number)).toBe(undefined);
    for (const of of ['id', 'sub', 'userId', 'number']) {
      expect(sameIdentity({ [of]: number }, { [of]: number })).toBe(false);
      expect(sameIdentity({ [of]: number }, { [of]: null })).toBe(false);
    }
  }
  expect(sameIdentity({ id: 5n }, { id: 5n })).toBe(true);
  expect(sameIdentity({ id: 5n }, { id: { bigint: '5' } })).toBe(false);
  expect(sameIdentity([undefined], [null])).toBe(false);
  expect(sameIdentity({ since: new Date(0) }, { since: new Date(0).toJSON() })).toBe(false);
  const key = Symbol('id');
  expect(sameIdentity({ [key]: 'ada' }, { [key]: 'eve' })).toBe(false);
  const hidden = (name: string) => Object.defineProperty({ role: 'user' }, 'name', { value: name });
  expect(sameIdentity(hidden('ada'), hidden('eve'))).toBe(false);
  expect(sameIdentity(Object.assign(['user'], { name: 'ada' }), Object.assign(['user'], { name: 'eve' }))).toBe(false);
  expect(sameIdentity({ name: 'ada', of: undefined }, { name: 'ada' })).toBe(true);
});
