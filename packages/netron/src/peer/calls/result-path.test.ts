import { describe, expect, it } from 'vitest';
import { plainMember } from '../../middleware/member.js';
import { type BoundService, bindFunction, bindMember } from '../../service/call/bound-service.js';
import { memberAt } from './result-path.js';

const definition = { name: 'users', version: '1.0.0', members: [] };
const get = bindMember(definition, plainMember('users', 'get'), () => 'a user', undefined);
const count = bindMember(definition, plainMember('users', 'count', 'property'), () => 3, undefined);

/** A service with a method, a property, and private fields. */
const users = { secret: 'x', nested: { secret: 'x' } };
const service: BoundService = {
  definition,
  members: [get, count],
  byName: new Map([
    ['get', get],
    ['count', count],
  ]),
  target: users,
};

const bind = (target: object): BoundService | undefined => {
  if (target === users) return service;
  return typeof target === 'function' ? bindFunction(target as () => unknown, undefined) : undefined;
};

const at = (result: unknown, path: string[], call: boolean) => memberAt(result, path, call, bind, undefined);
const answerOf = (result: unknown, path: string[], call = false) => at(result, path, call).handler({ args: [] } as never);

describe('the path of a call into a result', () => {
  it('finds members of services and functions to call', () => {
    expect(at({ a: [users] }, ['a', '0', 'get'], true)).toBe(get);
    expect(answerOf({ run: () => 'ran' }, ['run'], true)).toBe('ran');
  });

  it('finds data and properties of services to read', () => {
    expect(answerOf({ a: { b: [1, 2] } }, ['a', 'b', '1'])).toBe(2);
    expect(at(users, ['count'], false)).toBe(count);
  });

  it.each<[string, unknown, string[], boolean]>([
    ['nothing at all', undefined, ['a'], false],
    ['text', 'text', ['length'], false],
    ['a field that is not there', {}, ['a'], false],
    ['an inherited field', {}, ['constructor'], false],
    ['a hidden field', Object.defineProperty({}, 'a', { value: 1 }), ['a'], false],
    ['a getter', Object.defineProperty({}, 'a', { get: () => expect.unreachable(), enumerable: true }), ['a'], false],
    ['a field of a service', users, ['secret'], false],
    ['something behind a service', users, ['nested', 'secret'], false],
    ['a method that is read', users, ['get'], false],
    ['data that is called', { a: 1 }, ['a'], true],
    ['no name', { '': 1 }, [], true],
  ])('does not find %s', (_what, result, path, call) => {
    expect(() => answerOf(result, path, call)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});
