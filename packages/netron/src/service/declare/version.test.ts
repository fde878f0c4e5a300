import { describe, expect, it } from 'vitest';
import { NetronError } from '../../errors/netron-error.js';
import { parseServiceName, resolveVersion } from './version.js';

describe('parseServiceName', () => {
  it('parses name and range', () => {
    expect(parseServiceName('calc')).toEqual({ name: 'calc', range: undefined });
    expect(parseServiceName('calc@ ^1.0.0 ')).toEqual({ name: 'calc', range: '^1.0.0' });
    expect(parseServiceName('calc@>=1 <3 || 5.x')).toEqual({ name: 'calc', range: '>=1 <3 || 5.x' });
  });

  it.each(['calc@', 'calc@ '])('refuses %j: a version is missing', (text) => {
    const message = "'calc@': expected a version or a range after @";
    expect(() => parseServiceName(text)).toThrow(expect.objectContaining({ code: 'invalid_argument', message }));
  });

  it('B23, A7: a name is data: an expression is the name of a missing service', () => {
    for (const text of ['c.*', 'cal(', '', '@1.0.0', '^calc$', '[', 'a'.repeat(200), '\u0000', '../calc']) {
      let thrown: unknown;
      try {
        parseServiceName(text);
      } catch (error) {
        thrown = error;
      }
      expect(NetronError.is(thrown, 'not_found'), text).toBe(true);
    }
  });

  it('names of Object.prototype are ordinary names', () => {
    expect(parseServiceName('__proto__')).toEqual({ name: '__proto__', range: undefined });
    expect(parseServiceName('constructor').name).toBe('constructor');
  });
});

describe('D52: resolveVersion', () => {
  const available = ['1.9.0', '1.10.0', '1.2.3', '2.0.0-beta.1', '2.0.0-beta.2', '0.9.0'];

  it.each([
    [undefined, '1.10.0'],
    ['latest', '1.10.0'],
    ['*', '1.10.0'],
    ['1', '1.10.0'],
    ['1.x', '1.10.0'],
    ['^1.2.0', '1.10.0'],
    ['~1.2.0', '1.2.3'],
    ['1.2.3', '1.2.3'],
    ['v1.2.3', '1.2.3'],
    ['=1.2.3', '1.2.3'],
    ['>=1 <1.10', '1.9.0'],
    ['<1.0.0 || 1.2.x', '1.2.3'],
    ['1.0 - 1.5', '1.2.3'],
    ['2.0.0-beta.1', '2.0.0-beta.1'],
    ['^2.0.0-beta.1', '2.0.0-beta.2'],
    ['^2.0.0', undefined],
    ['>=1.0.0', '1.10.0'],
    ['3.0.0', undefined],
    ['beta', undefined],
    ['not a range', undefined],
    [`${'1.0.0 || '.repeat(100)}1.2.3`, undefined],
  ])('%s gives %s', async (range, version) => {
    expect(await resolveVersion(available, range)).toBe(version);
  });

  it('a prerelease is chosen only by name', async () => {
    expect(await resolveVersion(['1.0.0-rc.1'], undefined)).toBeUndefined();
    expect(await resolveVersion(['1.0.0-rc.1', '0.1.0'], 'latest')).toBe('0.1.0');
    expect(await resolveVersion(['1.0.0-rc.1'], '*')).toBeUndefined();
  });

  it('build metadata is ignored', async () => {
    expect(await resolveVersion(['1.0.0+exp-1', '0.9.0'], undefined)).toBe('1.0.0+exp-1');
    expect(await resolveVersion(['1.0.0+exp-1'], '1.0.0')).toBe('1.0.0+exp-1');
    expect(await resolveVersion(['1.0.0+exp-1'], '^1.0.0')).toBe('1.0.0+exp-1');
  });

  it('does not change the list of versions', async () => {
    const list = Object.freeze(['1.0.0', '3.0.0', '2.0.0']);
    expect(await resolveVersion(list, undefined)).toBe('3.0.0');
    expect(await resolveVersion([], undefined)).toBeUndefined();
    expect(await resolveVersion([], '^1.0.0')).toBeUndefined();
  });
});
