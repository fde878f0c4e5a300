import { describe, expect, it } from 'vitest';
import { putExactHeader, putHeader } from './header.js';

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

describe('headers of MessagePack types', () => {
  it.each([
    [1, 'c4 ab 00 00 00'],
    [2, 'c5 00 ab 00 00'],
    [4, 'c6 00 00 00 ab'],
  ])('a length of %i bytes chooses the type of its family', (size, expected) => {
    const bytes = new Uint8Array(5);
    putHeader(bytes, 0, 0xab, 0xc4, size);
    expect(hex(bytes)).toBe(expected);
  });

  it('writes the largest length and leaves the bytes around it alone', () => {
    const bytes = new Uint8Array(7).fill(0x55);
    putExactHeader(bytes, 1, 0xffff_fffe, 0xdd, 4);
    expect(hex(bytes)).toBe('55 dd ff ff ff fe 55');
  });
});
