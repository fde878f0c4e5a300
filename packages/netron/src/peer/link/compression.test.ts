import { describe, expect, it } from 'vitest';
import { Reader } from '../../wire/reader.js';
import { Compression } from './compression.js';

const message = new Uint8Array(1_000).fill(7);
const compressor = (compress: (bytes: Uint8Array) => unknown) =>
  new Compression({ name: 'own', threshold: 100, compress: compress as never, decompress: () => message });

describe('compression of messages', () => {
  it('makes an envelope that the other end opens', () => {
    const compression = compressor(() => Uint8Array.of(1, 2));
    const envelope = compression.compress(message)!;
    expect(envelope.length).toBeLessThan(10);
    expect(compression.inflate(envelope, new Reader())).toBe(message);
    expect(compression.inflate(message, new Reader())).toBe(message);
  });

  it('leaves messages as they are below the threshold, and where nothing is saved', () => {
    expect(compressor(() => expect.unreachable()).compress(message.subarray(0, 99))).toBeUndefined();
    expect(compressor((bytes) => bytes).compress(message)).toBeUndefined();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no memory');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('unheard'))],
    ['gives nothing', () => undefined],
    ['gives a text', () => 'short'],
  ])('leaves them as they are when the compressor %s', (_what, compress) => {
    expect(compressor(compress).compress(message)).toBeUndefined();
  });
});
