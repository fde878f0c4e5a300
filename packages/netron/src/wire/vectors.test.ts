import { RichValues, richReader, richWriter } from './rich-values.js';
import 'temporal-polyfill/global';
import { describe, expect, it } from 'vitest';
import {
  errors,
  fieldsOf,
  fromHex,
  fromNotation,
  handles,
  load,
  type PacketVectors,
  toNotation,
  types,
  type ValueVectors,
} from '../../test/vectors/notation.js';
import { NetronError } from '../errors/netron-error.js';
import { type PacketSink, readPackets } from './packets.js';
import type { Reader } from './reader.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';

const values = load<ValueVectors>('values');
const packets = load<PacketVectors>('packets');

function newReader(): Reader {
  return Object.assign(richReader(), { handles, errors, values: new RichValues(types) });
}

function readAll(reader: Reader, bytes: Uint8Array): unknown[][] {
  const read: unknown[][] = [];
  // An end without sessions does not handle acknowledgments.
  const record = (_: unknown, kind: string) =>
    kind === 'ack' ? undefined : (...fields: unknown[]) => void read.push([kind, ...fieldsOf(kind, fields).map(toNotation)]);
  reader.load(bytes);
  readPackets(reader, new Proxy({}, { get: record }) as PacketSink);
  return read;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof NetronError)) throw error;
    return error.code;
  }
}

describe('values', () => {
  it.each(values.accepted)('reads: $description', ({ hex, value, elements }) => {
    const reader = newReader();
    reader.load(fromHex(hex));
    expect(toNotation(readValue(reader))).toEqual(value);
    expect(reader.position).toBe(reader.end);
    expect(reader.limits.elements - reader.elementsLeft).toBe(elements);
    expect(reader.depthLeft).toBe(reader.limits.depth);
  });

  it.each(values.accepted.filter(({ foreign }) => foreign === undefined))('writes: $description', ({ hex, value, elements }) => {
    const writer = Object.assign(richWriter(0), { handles, errors, values: new RichValues(types) });
    writeValue(writer, fromNotation(value));
    expect(Buffer.from(writer.buffer.subarray(0, writer.position)).equals(fromHex(hex))).toBe(true);
    expect(writer.elements).toBe(elements);
    expect(writer.depth).toBe(0);
  });

  it.each(values.rejected)('refuses: $description', ({ hex, code }) => {
    const reader = newReader();
    expect(
      codeOf(() => {
        reader.load(fromHex(hex));
        readValue(reader);
      }),
    ).toBe(code);
  });

  it('refuses every vector cut at any byte, and reads the next message', () => {
    const reader = newReader();
    for (const { description, hex } of values.accepted) {
      const bytes = fromHex(hex);
      const step = Math.max(1, bytes.length >> 7);
      for (let end = 0; end < bytes.length; end += end < 64 ? 1 : step) {
        reader.load(bytes.subarray(0, end));
        expect(
          codeOf(() => readValue(reader)),
          `${description}, cut at ${end}`,
        ).toBe('invalid_argument');
      }
      reader.load(fromHex('920304'));
      expect(readValue(reader)).toEqual([3, 4]);
    }
  });

  it('reads every vector from the middle of a larger buffer', () => {
    const reader = newReader();
    for (const { hex, value } of values.accepted) {
      const bytes = fromHex(hex);
      const larger = Buffer.concat([Buffer.from('ffff', 'hex'), bytes, Buffer.from('ffff', 'hex')]);
      reader.load(larger.subarray(2, 2 + bytes.length));
      expect(toNotation(readValue(reader))).toEqual(value);
    }
  });
});

describe('packets', () => {
  it.each(packets.accepted)('reads: $description', ({ hex, packets: expected }) => {
    expect(readAll(newReader(), fromHex(hex))).toEqual(expected);
  });

  it.each(packets.rejected)('refuses: $description', ({ hex, code }) => {
    const reader = newReader();
    expect(codeOf(() => readAll(reader, fromHex(hex)))).toBe(code);
    expect(readAll(reader, fromHex('1101'))).toEqual([['ping', 1]]);
  });

  it('refuses every vector of one packet cut at any byte', () => {
    const reader = newReader();
    for (const { description, hex, packets: expected } of packets.accepted) {
      const bytes = fromHex(hex);
      if (expected.length > 1) continue;
      for (let end = 0; end < bytes.length; end++) {
        expect(
          codeOf(() => readAll(reader, bytes.subarray(0, end))),
          `${description}, cut at ${end}`,
        ).toBe('invalid_argument');
      }
    }
  });

  it('refuses every vector with a byte after it', () => {
    const reader = newReader();
    for (const { description, hex } of packets.accepted) {
      expect(
        codeOf(() => readAll(reader, fromHex(`${hex}00`))),
        description,
      ).toBe('invalid_argument');
    }
  });
});
