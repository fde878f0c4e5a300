import { describe, expect, it } from 'vitest';
import { declaredServiceId, isServiceName, isVersion, serviceNameOfClass } from './service-name.js';

describe('service names', () => {
  it('contain letters, digits and a few punctuation marks', () => {
    for (const name of ['calc', 'userService', 'a', '_a', 'a.b/c-d_1', '9', 'x'.repeat(128)])
      expect(isServiceName(name), name).toBe(true);
    for (const name of ['', '.a', '/a', '-a', 'a b', 'c.*', 'cal(', 'a@1', 'ä', 'a\n', 'a\0', 'x'.repeat(129)]) {
      expect(isServiceName(name), name).toBe(false);
    }
  });

  it('versions are complete semantic versions', () => {
    for (const version of ['0.0.0', '1.10.3', '2.0.0-beta.1', '1.0.0+build.5', '1.0.0-a.b+c'])
      expect(isVersion(version), version).toBe(true);
    for (const version of [
      '',
      '1',
      '1.0',
      'v1.0.0',
      '01.0.0',
      '1.0.0-',
      '1.0.0-01',
      '^1.0.0',
      '1.0.0 ',
      `1.0.0-${'a'.repeat(64)}`,
    ]) {
      expect(isVersion(version), version).toBe(false);
    }
  });

  it('a declared service without version is 1.0.0', () => {
    expect(declaredServiceId('calc')).toEqual({ name: 'calc', version: '1.0.0' });
    expect(declaredServiceId('calc', '2.0.0')).toEqual({ name: 'calc', version: '2.0.0' });
    expect(declaredServiceId('calc@3.0.0', '3.0.0')).toEqual({ name: 'calc', version: '3.0.0' });
  });

  it('a malformed declaration is a TypeError with the reason', () => {
    expect(() => declaredServiceId('a b@1.0.0')).toThrow(
      new TypeError(
        "invalid service name 'a b': expected 1 to 128 letters, digits, '_', '-', '.' and '/', starting with a letter, digit or '_'",
      ),
    );
    expect(() => declaredServiceId('a@1')).toThrow(
      new TypeError("invalid version '1' of service 'a': expected a full version such as 1.0.0"),
    );
    expect(() => declaredServiceId('a@')).toThrow(TypeError);
    expect(() => declaredServiceId('a@1.0.0@2.0.0')).toThrow(TypeError);
  });

  it('a class gives its name in kebab-case without Service', () => {
    expect(
      ['UserService', 'UserProfileService', 'HTTPServer', 'Service', '_Calc', 'Area51Service', 'getURLService'].map(
        serviceNameOfClass,
      ),
    ).toEqual(['user', 'user-profile', 'http-server', 'service', 'calc', 'area51', 'get-url']);
    expect(() => serviceNameOfClass('')).toThrow(TypeError);
    expect(() => serviceNameOfClass('Ünïcode')).toThrow(/use @Service\('name@1\.0\.0'\)/);
  });
});
