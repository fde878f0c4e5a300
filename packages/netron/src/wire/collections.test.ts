import { describe, expect, it } from 'vitest';
import { readMap, readSet, writeMap, writeSet } from './collections.js';
import { hashCost } from './costs.js';
import { maxCostly } from './limits.js';
import { richReader, richWriter } from './rich-values.js';
import { readValue } from './value-reader.js';

function bytesOf(write: (writer: ReturnType<typeof richWriter>) => void): Uint8Array {
  const writer = richWriter(0);
  write(writer);
  return writer.buffer.slice(0, writer.position);
}

function readerOf(...bytes: number[]): ReturnType<typeof richReader> {
  const reader = richReader();
  reader.load(Uint8Array.from(bytes));
  return reader;
}

describe('Maps and Sets', () => {
  it('keep the order and the types of their elements', () => {
    const map = new Map<unknown, unknown>([
      [1, 'one'],
      ['1', new Set([1, '1', null])],
      [null, new Map()],
    ]);
    const reader = richReader();
    reader.load(bytesOf((writer) => writeMap(writer, map)));
    expect(readValue(reader)).toStrictEqual(map);
  });

  it('are written in their state at that time, whatever their values do meanwhile', () => {
    const set = new Set<unknown>();
    set.add({
      get value() {
        set.add('late');
        return 1;
      },
    });
    const reader = richReader();
    reader.load(bytesOf((writer) => writeSet(writer, set)));
    expect(readValue(reader)).toStrictEqual(new Set([{ value: 1 }]));
  });

  it('name the entry that cannot be sent', () => {
    const write = () =>
      bytesOf((writer) =>
        writeMap(
          writer,
          new Map([
            ['good', 1],
            ['bad', Symbol('s') as unknown],
          ]),
        ),
      );
    expect(write).toThrow(expect.objectContaining({ code: 'invalid_argument', segments: [expect.stringContaining('bad')] }));
  });

  it.each([
    ['a Map whose count is no map header', () => readMap(readerOf(0x93, 1, 2, 3))],
    ['a Map with a duplicate key', () => readMap(readerOf(0x82, 1, 1, 1, 2))],
    ['a Map with more entries than bytes', () => readMap(readerOf(0x8f, 1))],
    ['a Set whose count is no array header', () => readSet(readerOf(0x83, 1, 2, 3))],
    ['a Set with a duplicate element', () => readSet(readerOf(0x92, 7, 7))],
  ])('refuse %s', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('refuse more numbers as keys than a message may hold, while they are written', () => {
    const count = Math.floor(maxCostly / hashCost(0.5)) + 1;
    const map = new Map(Array.from({ length: count }, (_, index) => [index + 0.5, 0] as const));
    expect(() => bytesOf((writer) => writeMap(writer, map))).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  });
});
