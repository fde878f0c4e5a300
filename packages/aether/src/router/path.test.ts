import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPath, comparePaths, matchPath, type Params, parsePath } from './path.js';

const match = (path: string, pathname: string) => {
  const params = matchPath(parsePath(path), pathname);
  return params && { ...params };
};

/** The path that is chosen of several. */
const chosen = (paths: string[], pathname: string) =>
  [...paths]
    .map((path) => ({ path, pattern: parsePath(path) }))
    .sort((a, b) => comparePaths(a.pattern, b.pattern))
    .find(({ pattern }) => matchPath(pattern, pathname))?.path;

describe('paths (108)', () => {
  it('match their parameters, decoded', () => {
    expect(match('/', '/')).toEqual({});
    expect(match('/users/[id]', '/users/a%20b')).toEqual({ id: 'a b' });
    expect(match('/users/[id]', '/users/%E0%A4%A')).toEqual({ id: '%E0%A4%A' });
    expect(match('/users/[id]', '/users')).toBeUndefined();
    expect(match('/users/[id]', '/users/a/b')).toBeUndefined();
    expect(match('/a/[[b]]/c', '/a/c')).toEqual({});
    expect(match('/a/[[b]]/c', '/a/x/c')).toEqual({ b: 'x' });
    expect(match('/a/[[b]]/c', '/a/c/c')).toEqual({ b: 'c' });
    expect(match('/files/[...rest]', '/files/a/b%2Fc')).toEqual({ rest: ['a', 'b/c'] });
    expect(match('/files/[...rest]', '/files')).toBeUndefined();
    expect(match('/files/[[...rest]]', '/files/')).toEqual({});
    expect(match('/ä', '/%C3%A4')).toEqual({});
  });

  it('are compared segment by segment: static, dynamic, optional, rest', () => {
    const paths = [
      '/[a]/[b]/[c]',
      '/users/[...rest]',
      '/users/[id]',
      '/users/new',
      '/[[...all]]',
      '/users',
      '/users/[id]/[[tab]]',
    ];
    expect(chosen(paths, '/users/a/b')).toBe('/users/[id]/[[tab]]');
    expect(chosen(['/[a]/[b]/[c]', '/users/[...rest]'], '/users/b/c')).toBe('/users/[...rest]');
    expect(chosen(paths, '/users/a/b/c')).toBe('/users/[...rest]');
    expect(chosen(paths, '/users/new')).toBe('/users/new');
    expect(chosen(paths, '/users/7')).toBe('/users/[id]');
    expect(chosen(paths, '/users')).toBe('/users');
    expect(chosen(paths, '/')).toBe('/[[...all]]');
    expect(chosen(paths, '/x/y/z')).toBe('/[a]/[b]/[c]');
  });

  it('that cannot be read are refused', () => {
    for (const path of ['/[a', '/[[a]', '/a[b]', '/[...a]/b', '/[]', '/[...]']) expect(() => parsePath(path)).toThrow(TypeError);
  });

  it('are written with their parameters', () => {
    expect(buildPath('/users/[id]/[[tab]]', { id: 'a/b' })).toBe('/users/a%2Fb');
    expect(buildPath('/files/[...rest]', { rest: ['a b', 'c'] })).toBe('/files/a%20b/c');
    expect(buildPath('/', {})).toBe('/');
    expect(() => buildPath('/users/[id]', {})).toThrow("path '/users/[id]': parameter 'id' must be given");
    for (const id of ['', '.', '..']) expect(() => buildPath('/users/[id]', { id })).toThrow(TypeError);
    expect(() => buildPath('/files/[...rest]', { rest: ['a', '..', 'b'] })).toThrow(
      "parameter 'rest' must be a text other than '', '.' and '..', not '..'",
    );
    expect(buildPath('/users/[id]', { id: '...' })).toBe('/users/...');
  });

  it('what is written is read back, whatever the parameters', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((each) => !/^\.{1,2}$/.test(each));
    const params = fc.record({ id: text, rest: fc.array(text, { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<Params>;
    fc.assert(
      fc.property(params, (given) => {
        expect(match('/x/[id]/[...rest]', buildPath('/x/[id]/[...rest]', given))).toEqual(given);
      }),
    );
  });
});
