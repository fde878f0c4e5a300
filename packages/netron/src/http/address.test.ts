import { describe, expect, it } from 'vitest';
import { memberPath, readAddress } from './address.js';

describe('addresses', () => {
  it('are encoded and decoded for every valid name of a service and a member', () => {
    for (const service of [
      'calc',
      'calc@1.0.0',
      'shop/orders@^2.0.0',
      'a.b-c_d/e',
      'calc@>=1 <3',
      'calc@*',
      'calc@1.0.0-beta.1+build',
    ]) {
      for (const method of ['add', '$', 'a/b', 'größe', '%', '?#&', ' x ', '..x', 'call@1']) {
        const path = memberPath(service, method);
        expect(new URL(`http://host/netron${path}`).pathname).toBe(`/netron${path}`);
        expect(readAddress(path)).toEqual({ kind: 'call', service, method });
      }
    }
  });

  it('stay readable', () => {
    expect(memberPath('users@^1.0.0', 'find')).toBe('/users@%5E1.0.0/find');
    expect(memberPath('users@1.0.0', 'find')).toBe('/users@1.0.0/find');
  });

  it('are refused for path segments that URL parsers resolve', () => {
    for (const service of ['a/../b', 'a/./b', 'a//b'])
      expect(() => memberPath(service, 'x')).toThrow('is not allowed as a path segment');
    for (const method of ['.', '..']) expect(() => memberPath('a', method)).toThrow('is not allowed as a path segment');
  });

  it('accept the paths of the protocol and refuse others that begin with a dollar sign', () => {
    expect(readAddress('/$batch')).toEqual({ kind: 'system', path: '$batch', rest: '' });
    expect(readAddress('/%24services/calc@1.0.0')).toEqual({ kind: 'system', path: '$services', rest: 'calc@1.0.0' });
    for (const path of ['/$other', '/$batchx/y', '', '/', '/a', '//', '/a/', 'a/b', '/%/b', '/a/%zz', '/%c0%af/b']) {
      expect(readAddress(path), path).toBeUndefined();
    }
  });
});
