import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ErrorCodec } from '../errors/wire-error.js';
import { defaultLimits } from './limits.js';
import { readPackets } from './packets.js';
import { Reader } from './reader.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';
import { Writer } from './writer.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const errors: ErrorCodec = {
  encode: () => ({ name: '', code: '', message: '' }),
  decode: ({ message }) => new Error(message),
};

function newReader(): Reader {
  return Object.assign(new Reader(), { errors });
}

/** As many of `item` as the limits on bytes and elements allow, in one array. */
function bomb(item: (index: number) => string): Buffer {
  const reader = newReader();
  reader.load(array([Buffer.from(item(0), 'hex')]));
  readValue(reader);
  const elements = defaultLimits.elements - reader.elementsLeft;
  const count = Math.floor(defaultLimits.elements / elements);
  const items = Array.from({ length: count }, (_, index) => Buffer.from(item(index), 'hex'));
  const bytes = array(items);
  return bytes.length <= defaultLimits.message
    ? bytes
    : array(items.slice(0, (count * defaultLimits.message) / bytes.length - 1));
}

function array(items: readonly Buffer[]): Buffer {
  const header = Buffer.from('dd00000000', 'hex');
  header.writeUInt32BE(items.length, 1);
  return Buffer.concat([header, ...items]);
}

const name = (index: number) => Buffer.from((index + 1_000_000).toString(36).replaceAll(/\d/g, 'z')).toString('hex');
const text = (hex: string) => (0xa0 | (hex.length / 2)).toString(16) + hex;
const number = (index: number) => `ce${(index * 7919).toString(16).padStart(8, '0')}`;

/** Milliseconds that reading such a bomb takes when nothing else runs: the best of several, of other values and names each. */
function fastest(item: (index: number) => string): number {
  const reader = newReader();
  const times = [1, 2, 3].map((round) => {
    const bytes = bomb((index) => item(index + round * 1_000_000));
    const start = performance.now();
    reader.load(bytes);
    readValue(reader);
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe('A4: the heap kept is at most 16 MB for any message of 1 MiB, and reading it holds the loop for at most 50 ms', () => {
  it.each<[string, (index: number) => string]>([
    ['empty arrays', () => '90'],
    ['empty objects', () => '80'],
    ['dates', (index) => `d6ff${number(index).slice(2)}`],
    ['invalid dates', () => 'd4ffff'],
    ['bigints', (index) => `d300000000${number(index).slice(2)}`],
    ['large bigints', (index) => `c7090301000000${number(index)}`],
    ['fractions', (index) => `cb40090000${number(index).slice(2)}`],
    ['texts', (index) => text(name(index))],
    ['texts of one wide character', () => 'a3e282ac'],
    ['empty bytes', () => 'c400'],
    ['one byte', () => 'c40107'],
    ['arrays of one', () => '9101'],
    ['objects of one property, each of another name', (index) => `81${text(name(index))}01`],
    ['objects of two properties, each of another name', (index) => `82${text(name(index))}01${text(name(index + 70_000))}01`],
    ['objects whose property is named 0', () => '81a13001'],
    ['objects whose property is named 9', () => '81a13901'],
    ['objects whose property is named 1000', () => '81a43130303001'],
    ['objects whose property is named 1000, the length in a longer form', () => '81d9043130303001'],
    ['maps', () => 'd40180'],
    ['maps of one entry', () => 'c7030181c0c0'],
    ['sets', () => 'd40290'],
    ['typed arrays', () => 'd4040c'],
    ['array buffers', () => 'd40400'],
    ['URLs', () => 'd605a3613a62'],
    ['errors', () => 'c70506a0a0a0c0c0'],
  ])('%s', (_, item) => {
    const bytes = bomb(item);
    const reader = newReader();
    collect();
    const before = process.memoryUsage();
    reader.load(bytes);
    const value = readValue(reader) as unknown[];
    collect();
    const after = process.memoryUsage();
    expect(value.length).toBeGreaterThan(1000);
    expect(after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024);
    const took = fastest(item);
    expect(took).toBeLessThan(50);
  });

  it('keeps properties with names like an index readable', () => {
    const record = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [String(index * 37), index]));
    const writer = new Writer(0);
    writeValue(writer, { few: { 5000: 'a', b: 1, 4294967294: 'c' }, many: record });
    const reader = newReader();
    reader.load(writer.buffer.subarray(0, writer.position));
    expect(readValue(reader)).toEqual({ few: { 5000: 'a', b: 1, 4294967294: 'c' }, many: record });
  });

  it('refuses as many colliding keys as would take long', () => {
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

  it('counts alike on both ends', () => {
    const value = [
      new Map<unknown, unknown>([
        [1, new Uint8Array(3)],
        ['a', 2n],
      ]),
      new Set([1, 2n]),
      new URL('a:b'),
      new Float32Array(1),
    ];
    const writer = new Writer(0);
    writeValue(writer, value);
    const reader = new Reader({ ...defaultLimits, elements: writer.elements });
    reader.load(writer.buffer.subarray(0, writer.position));
    readValue(reader);
    expect(reader.elementsLeft).toBe(0);
  });
});

describe('B3: an announced length costs nothing', () => {
  it.each(['db', 'c6', 'dd', 'df'])('%s with 4 GiB', (type) => {
    const reader = newReader();
    const before = process.memoryUsage().rss;
    for (let index = 0; index < 1000; index++) {
      reader.load(Buffer.from(`${type}fffffff0aabb`, 'hex'));
      expect(() => readValue(reader)).toThrow('it ends too early');
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('A3: nesting', () => {
  it('a million levels of nesting is a typed error, and the reader reads on', () => {
    const reader = new Reader({ ...defaultLimits, message: 64 * 1024 * 1024, elements: 10_000_000, depth: 1e9 });
    for (const level of ['91', '81a161', 'c9fffffff00181', 'c7ff06a0a0a0c0']) {
      reader.load(Buffer.from(level.repeat(1_000_000), 'hex'));
      expect(() => readValue(reader)).toThrow(expect.objectContaining({ name: 'NetronError' }));
    }
    reader.load(Buffer.from('9101', 'hex'));
    expect(readValue(reader)).toEqual([1]);
  });

  it('256 levels, the most that can be allowed, do not exhaust the stack', () => {
    const limits = { ...defaultLimits, depth: 256 };
    const writer = new Writer(0, limits);
    let value: unknown = 1;
    for (let level = 0; level < 256; level++) value = level % 2 === 0 ? new Map([['k', value]]) : { a: value };
    writeValue(writer, value);
    const reader = new Reader(limits);
    reader.load(writer.buffer.subarray(0, writer.position));
    expect(readValue(reader)).toEqual(value);
  });
});

describe('B2: bytes of a message', () => {
  it('a longer one is refused before it is read', () => {
    const reader = newReader();
    expect(() => reader.load(Buffer.alloc(defaultLimits.message + 1))).toThrow(
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
  it('is an ordinary name unless its value can be called', () => {
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
