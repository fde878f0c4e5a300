/** Messages that are as costly to read as the limits allow. */

import type { ErrorCodec } from '../src/errors/wire-error.js';
import { baseLimits, type Limits, maxCostly } from '../src/wire/limits.js';
import type { Reader } from '../src/wire/reader.js';
import { richReader } from '../src/wire/rich-values.js';
import { readValue } from '../src/wire/value-reader.js';

const errors: ErrorCodec = {
  encode: () => ({ name: '', code: '', message: '' }),
  decode: ({ message }) => new Error(message),
};

/** A reader, by default with the limits that hold where nothing else is said. */
export function newReader(limits: Readonly<Limits> = baseLimits): Reader {
  return Object.assign(richReader(limits), { errors });
}

/** As many of `item` as the limits on bytes and elements allow, in one array. */
export function bomb(item: (index: number) => string, limits: Readonly<Limits> = baseLimits): Buffer {
  const reader = newReader(limits);
  reader.load(array([Buffer.from(item(0), 'hex')]));
  readValue(reader);
  const elements = limits.elements - reader.elementsLeft;
  const costly = maxCostly - reader.costlyLeft;
  const count = Math.floor(Math.min(limits.elements / elements, costly === 0 ? Infinity : maxCostly / costly));
  const items = Array.from({ length: count }, (_, index) => Buffer.from(item(index), 'hex'));
  const bytes = array(items);
  return bytes.length <= limits.message ? bytes : array(items.slice(0, (count * limits.message) / bytes.length - 1));
}

function array(items: readonly Buffer[]): Buffer {
  const header = Buffer.from('dd00000000', 'hex');
  header.writeUInt32BE(items.length, 1);
  return Buffer.concat([header, ...items]);
}

const name = (index: number) => Buffer.from((index + 1_000_000).toString(36).replaceAll(/\d/g, 'z')).toString('hex');
const text = (hex: string) => (0xa0 | (hex.length / 2)).toString(16) + hex;
/** So many properties, of a thousand names in all when `step` is given. */
const names = (index: number, count: number, step?: number) =>
  Array.from({ length: count }, (_, at) => {
    const number = step === undefined ? index * count + at : ((index + at * (step + 1)) % 61) + at * 61;
    return `${text(name(number))}01`;
  }).join('');
const number = (index: number) => `ce${(index * 7919).toString(16).padStart(8, '0')}`;

/** What a message is full of, and the bytes of one such value, in hexadecimal. */
export const bombs: readonly (readonly [string, (index: number) => string])[] = [
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
  ['objects of 16 properties, each of another name', (index) => `de0010${names(index, 16)}`],
  ['objects of 16 properties, in ever other orders', (index) => `de0010${names(index * 7, 16, index % 97)}`],
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
];
