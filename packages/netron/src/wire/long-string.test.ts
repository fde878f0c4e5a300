import { describe, expect, it, vi } from 'vitest';
import { baseLimits } from './limits.js';
import { writeLongString } from './long-string.js';
import { Writer } from './writer.js';

function written(text: string): Uint8Array {
  const writer = new Writer(0);
  writeLongString(writer, text);
  return writer.buffer.subarray(0, writer.position);
}

describe('strings of any length', () => {
  it.each([
    ['31 bytes', 'a'.repeat(31), 1],
    ['32 bytes', 'a'.repeat(32), 2],
    ['255 bytes', 'a'.repeat(255), 2],
    ['256 bytes', 'a'.repeat(256), 3],
    ['65,536 bytes', 'a'.repeat(65_536), 5],
    ['31 characters in 62 bytes', 'é'.repeat(31), 2],
    ['128 characters in 256 bytes', 'é'.repeat(128), 3],
    ['21,846 characters in 65,538 bytes', '€'.repeat(21_846), 5],
  ])('the header is as short as the bytes allow: %s', (_, text, header) => {
    const bytes = written(text);
    const size = new TextEncoder().encode(text).length;
    expect(bytes.length).toBe(header + size);
    expect(new TextDecoder().decode(bytes.subarray(header))).toBe(text);
  });

  it('a text longer than a message of the receiver is refused before room is made for it', () => {
    const writer = new Writer(64, { ...baseLimits, message: 100 });
    const ensure = vi.spyOn(writer, 'ensure');
    expect(() => writeLongString(writer, 'a'.repeat(101))).toThrow(
      expect.objectContaining({ code: 'resource_exhausted', details: expect.objectContaining({ option: 'limits.message' }) }),
    );
    expect(ensure).not.toHaveBeenCalled();
  });

  it('half a surrogate pair goes to the form that the writer has for it, or is refused', () => {
    const text = `${'a'.repeat(50)}\ud800`;
    expect(() => written(text)).toThrow(expect.objectContaining({ code: 'failed_precondition' }));
    const writer = new Writer(0);
    const writeCutText = vi.fn();
    writer.values = { ...({} as NonNullable<typeof writer.values>), writeCutText };
    writeLongString(writer, text);
    expect(writeCutText).toHaveBeenCalledWith(writer, text);
    expect(writer.position).toBe(0);
  });
});
