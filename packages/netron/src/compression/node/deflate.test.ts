import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflate } from './deflate.js';

const limit = 1024 * 1024;

describe('deflate', () => {
  it('restores what was compressed, at each level', () => {
    const message = Buffer.from(JSON.stringify(Array.from({ length: 1000 }, (_, index) => ({ index }))));
    for (const level of [1, 3, 6, 9]) {
      const compressor = deflate({ level });
      const compressed = compressor.compress(message);
      expect(compressed.length).toBeLessThan(message.length / 2);
      expect(Buffer.from(compressor.decompress(compressed, limit)).equals(message)).toBe(true);
    }
  });

  it('accepts as many bytes as the limit and no more', () => {
    const compressor = deflate();
    const compressed = compressor.compress(Buffer.alloc(limit));
    expect(compressor.decompress(compressed, limit).length).toBe(limit);
    expect(() => compressor.decompress(compressed, limit - 1)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  });

  it('A13: a bomb of 64 MiB is a typed error, and inflates no further than one buffer beyond the limit', () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => deflate().decompress(bomb, limit)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * limit);
  });

  it('refuses bytes that are not compressed, cut off, or followed by others', () => {
    const compressed = deflate().compress(Buffer.alloc(5000, 'abc'));
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('ffff', 'hex'),
      compressed.subarray(0, -1),
      Buffer.concat([compressed, Buffer.from([0])]),
    ]) {
      expect(() => deflate().decompress(bytes, limit)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    }
  });
});
