import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { bomb, bombs, newReader } from '../../test/bombs.js';
import { WorkCounter } from '../../test/work.js';
import { baseLimits, defaultLimits } from './limits.js';
import { readPackets } from './packets.js';
import { richReader, richWriter } from './rich-values.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('A4: the heap kept is at most 16 MB for any message of 1 MiB, and reading it is a few steps for each element', () => {
  it.each(bombs)('%s', (_, item) => {
    const bytes = bomb(item);
    const reader = newReader();
    collect();
    const before = process.memoryUsage();
    using work = new WorkCounter();
    reader.load(bytes);
    const value = readValue(reader) as unknown[];
    expect(work.take()).toBeLessThan(32 * (baseLimits.elements - reader.elementsLeft));
    collect();
    const after = process.memoryUsage();
    expect(value.length).toBeGreaterThan(1000);
    expect(after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024);
  });

  it('reads properties with index-like names', () => {
    const record = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [String(index * 37), index]));
    const writer = richWriter(0);
    writeValue(writer, { few: { 5000: 'a', b: 1, 4294967294: 'c' }, many: record });
    const reader = newReader();
    reader.load(writer.buffer.subarray(0, writer.position));
    expect(readValue(reader)).toEqual({ few: { 5000: 'a', b: 1, 4294967294: 'c' }, many: record });
  });

  it('refuses too many colliding keys', () => {
    const reader = newReader();
    for (const key of ['07', 'd30000000000000007']) {
      const entries = Buffer.from(key.repeat(4097), 'hex');
      const body = Buffer.concat([Buffer.from('dc1001', 'hex'), entries]);
      const header = Buffer.from('c80000', 'hex');
      header.writeUInt16BE(body.length, 1);
      reader.load(Buffer.concat([header, Buffer.from([2]), body]));
      expect(() => readValue(reader)).toThrow(/more than 65536 elements/);
    }
  });

  it('counts equally on both ends', () => {
    const value = [
      new Map<unknown, unknown>([
        [1, new Uint8Array(3)],
        ['a', 2n],
      ]),
      new Set([1, 2n]),
      new URL('a:b'),
      new Float32Array(1),
    ];
    const writer = richWriter(0);
    writeValue(writer, value);
    const reader = richReader({ ...baseLimits, elements: writer.elements });
    reader.load(writer.buffer.subarray(0, writer.position));
    readValue(reader);
    expect(reader.elementsLeft).toBe(0);
  });
});

describe('A4: records in a message of 1,048,576 elements', () => {
  setFlagsFromString('--allow-natives-syntax');
  /** Whether the engine shares the description of an object with others of its shape. */
  const shared = new Function('object', 'return %HasFastProperties(object)') as (object: object) => boolean;
  const read = (rows: readonly object[]) => {
    const writer = richWriter(0, defaultLimits);
    writeValue(writer, rows);
    const reader = richReader(defaultLimits);
    reader.load(writer.buffer.subarray(0, writer.position));
    return readValue(reader) as object[];
  };
  const row = (names: readonly string[]) => Object.fromEntries(names.map((name, index) => [name, index]));
  const names = (from: number, count: number) => Array.from({ length: count }, (_, index) => `n${(from + index).toString(36)}`);

  it('become hash tables when each has a shape of its own', () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => row(names(index * 8, 8)));
    const found = read(rows);
    expect([found[0], found[49_999]]).toEqual([rows[0], rows[49_999]]);
    expect(Object.getPrototypeOf(found[49_999])).toBe(Object.prototype);
    expect(found.filter(shared).length).toBeLessThan(16_384);
    // The next message starts with a new budget.
    expect(read(rows.slice(0, 100)).every(shared)).toBe(true);
  });

  it('also when their names are few, in ever other orders', () => {
    const known = names(0, 300);
    const rows = Array.from({ length: 60_000 }, (_, index) =>
      row([known[index % 300], known[(index * 7 + 1) % 299], known[Math.floor(index / 300)]] as string[]),
    );
    expect(read(rows).filter(shared).length).toBeLessThan(25_000);
  });

  it('share their shapes when these are few, however many records there are', () => {
    const rows = Array.from({ length: 80_000 }, (_, index) => row(names((index % 1_000) * 12, 1 + (index % 8))));
    expect(read(rows).every(shared)).toBe(true);
  });
});

describe('B3: an announced length costs nothing', () => {
  it.each(['db', 'c6', 'dd', 'df'])('%s with 4 GiB', (type) => {
    const reader = newReader();
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 1000; index++) {
      reader.load(Buffer.from(`${type}fffffff0aabb`, 'hex'));
      expect(() => readValue(reader)).toThrow('it ends too early');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });
});

describe('A3: nesting', () => {
  it('a million levels of nesting cause a typed error, and the reader stays usable', () => {
    const reader = richReader({ ...baseLimits, message: 64 * 1024 * 1024, elements: 10_000_000, depth: 1e9 });
    for (const level of ['91', '81a161', 'c9fffffff00181', 'c7ff06a0a0a0c0']) {
      reader.load(Buffer.from(level.repeat(1_000_000), 'hex'));
      expect(() => readValue(reader)).toThrow(expect.objectContaining({ name: 'NetronError' }));
    }
    reader.load(Buffer.from('9101', 'hex'));
    expect(readValue(reader)).toEqual([1]);
  });

  it('256 levels, the maximum, do not exhaust the stack', () => {
    const limits = { ...baseLimits, depth: 256 };
    const writer = richWriter(0, limits);
    let value: unknown = 1;
    for (let level = 0; level < 256; level++) value = level % 2 === 0 ? new Map([['k', value]]) : { a: value };
    writeValue(writer, value);
    const reader = richReader(limits);
    reader.load(writer.buffer.subarray(0, writer.position));
    expect(readValue(reader)).toEqual(value);
  });
});

describe('B2: bytes of a message', () => {
  it('a longer message is refused before it is read', () => {
    const reader = newReader();
    expect(() => reader.load(Buffer.alloc(baseLimits.message + 1))).toThrow(
      expect.objectContaining({ code: 'resource_exhausted' }),
    );
  });
});

describe('A10: many tiny packets', () => {
  it('50,000 in one message are read without recursion', () => {
    const reader = newReader();
    let pings = 0;
    const sink = new Proxy({}, { get: () => () => pings++ });
    reader.load(Buffer.from('1101'.repeat(50_000), 'hex'));
    readPackets(reader, sink as never);
    expect(pings).toBe(50_000);
  });
});

describe('A8: then', () => {
  it('is an ordinary name unless its value is callable', () => {
    const reader = newReader();
    reader.load(Buffer.from('81a47468656e81a47468656e01', 'hex'));
    expect(JSON.stringify(readValue(reader))).toBe('{"then":{"then":1}}');
    reader.handles = {
      decode: (_, body) => {
        readValue(body);
        return () => {};
      },
    };
    for (const message of ['81a47468656ed41007', '81d9047468656ed41007', '9181a47468656ed41007']) {
      reader.load(Buffer.from(message, 'hex'));
      expect(() => readValue(reader)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    }
  });
});

describe('values that are slow to construct have a limit of their own, for any limit of elements', () => {
  const many = { ...defaultLimits };
  const at = (item: string, count: number) => {
    const header = Buffer.from('dd00000000', 'hex');
    header.writeUInt32BE(count, 1);
    return Buffer.concat([header, ...Array.from({ length: count }, () => Buffer.from(item, 'hex'))]);
  };

  it.each([
    ['errors', 'c70506a0a0a0c0c0', 4_096],
    ['sets of a number', 'd5029107', 4_369],
    ['RegExps', 'c70309a161a0', 4_096],
  ])('%s', (_what, item, most) => {
    const reader = Object.assign(richReader(many), { errors: newReader().errors });
    reader.load(at(item, most));
    expect((readValue(reader) as unknown[]).length).toBe(most);
    reader.load(at(item, most + 1));
    expect(() => readValue(reader)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  });

  it("a writer refuses values over the readers' limit, and the next message starts with a full budget", () => {
    const writer = richWriter(0, many);
    expect(() => writeValue(writer, new Set(Array.from({ length: 4_370 }, (_, index) => index)))).toThrow(
      expect.objectContaining({ code: 'resource_exhausted' }),
    );
    writer.reset();
    writeValue(writer, new Set(Array.from({ length: 4_369 }, (_, index) => index)));
    expect(writer.costly).toBe(4_369 * 15);
  });
});
