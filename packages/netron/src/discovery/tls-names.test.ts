import { describe, expect, it } from 'vitest';
import { TlsNames } from './tls-names.js';

describe('TlsNames', () => {
  it('covers addresses of the names whose connections prove them', () => {
    const names = new TlsNames(['users.example.com', '*.Internal.example.com', '10.0.0.1']);
    for (const address of [
      'wss://users.example.com',
      'wss://users.example.com:443/path?x#y',
      'tls://USERS.example.com:9000',
      'tls://users.example.com.:9000',
      'wss://a.internal.example.com:1',
      'wss://10.0.0.1:443',
    ])
      expect([address, names.covers(address)]).toEqual([address, true]);
  });

  it('covers nothing else', () => {
    const names = new TlsNames(['users.example.com', '*.internal.example.com']);
    for (const address of [
      'ws://users.example.com',
      'tcp://users.example.com:1',
      'wss://users.example.com.evil.org',
      'wss://evil.org/users.example.com',
      'wss://users.example.com@evil.org',
      'wss://users.example.com:443@evil.org',
      'wss://evil.org#users.example.com',
      'wss://example.com',
      'wss://internal.example.com',
      'wss://a.b.internal.example.com',
      'wss://.internal.example.com',
      'wss://[::1]:443',
      'unix:/users.example.com',
      'wss:users.example.com',
      '',
    ])
      expect([address, names.covers(address)]).toEqual([address, false]);
    expect(new TlsNames([]).covers('wss://users.example.com')).toBe(false);
  });

  it('refuses invalid host names', () => {
    for (const wrong of ['', '*', '*.com', 'a.*.com', 'https://a.com', 'a.com:443', '-a.com', 7 as unknown as string])
      expect(() => new TlsNames([wrong])).toThrow(RangeError);
  });
});
