import { describe, expect, it } from 'vitest';
import { KeyCache } from './key-cache.js';

describe('KeyCache', () => {
  it('finds the given name, also within other bytes', () => {
    const keys = new KeyCache();
    keys.add(Buffer.from('xnamex'), 1, 4, 'name');
    expect(keys.find(Buffer.from('..name'), 2, 4)).toBe('name');
    expect(keys.find(Buffer.from('nama'), 0, 4)).toBeUndefined();
    expect(keys.find(Buffer.from('name'), 0, 3)).toBeUndefined();
  });

  it('never returns a name for other bytes', () => {
    const keys = new KeyCache();
    for (let first = 0x61; first < 0x100; first++) {
      for (let second = 0x80; second < 0x100; second++) {
        const name = String.fromCharCode(first, second);
        const bytes = Buffer.from(name);
        keys.add(bytes, 0, bytes.length, name);
        expect(keys.find(Buffer.from(name, 'latin1'), 0, 2)).toBeUndefined();
      }
    }
  });

  it('stays bounded: newer names replace older ones', () => {
    const keys = new KeyCache();
    let known = 0;
    const names = Array.from({ length: 20_000 }, (_, index) => Buffer.from(`name${index}`));
    for (const bytes of names) keys.add(bytes, 0, bytes.length, bytes.toString());
    for (const bytes of names) if (keys.find(bytes, 0, bytes.length) !== undefined) known++;
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThanOrEqual(1024);
  });
});
