import { describe, expect, it } from 'vitest';
import { errors, fieldsOf, fromHex, fromNotation, handles, load, type PacketVectors } from '../../test/vectors/notation.js';
import { NetronError } from '../errors/netron-error.js';
import { baseLimits } from './limits.js';
import * as packets from './packets.js';
import { richReader, richWriter } from './rich-values.js';
import type { Writer } from './writer.js';

function written(write: (writer: Writer) => void, limits = baseLimits): Buffer {
  const writer = Object.assign(richWriter(0, limits), { handles, errors });
  write(writer);
  return Buffer.from(writer.buffer.subarray(0, writer.position));
}

function read(bytes: Uint8Array): unknown[][] {
  const calls: unknown[][] = [];
  const record =
    (_: unknown, kind: string) =>
    (...fields: unknown[]) => {
      calls.push([kind, ...fieldsOf(kind, fields)]);
    };
  const reader = Object.assign(richReader(), { handles, errors });
  reader.load(bytes);
  packets.readPackets(reader, new Proxy({}, { get: record }) as packets.PacketSink);
  return calls;
}

const writers = { ...packets } as unknown as Record<string, (writer: Writer, ...values: unknown[]) => void>;

/** Writes the packet of one line of the vectors. */
function writePacket(writer: Writer, [kind, ...fields]: readonly unknown[]): void {
  const name = `write${(kind as string)[0]!.toUpperCase()}${(kind as string).slice(1)}`;
  const values = fields.map(fromNotation);
  if (kind === 'item') values.pop();
  if (kind === 'end' && values.length > 1) return packets.writeReturn(writer, values[0] as number, values[1]);
  if (kind === 'error') {
    const [id, error, notRun = false, doubted = false] = values as [number, Error, boolean?, boolean?];
    return (doubted ? packets.writeDoubt : notRun ? packets.writeRefusal : packets.writeError)(writer, id, error);
  }
  if (kind === 'goodbye') {
    const [code, reason, retryAfterMs] = values as [string, string, number | undefined];
    packets.writeGoodbye(writer, retryAfterMs === undefined ? { code, reason } : { code, reason, retryAfterMs });
  } else writers[name]!(writer, ...values);
}

describe('writing packets', () => {
  const { accepted } = load<PacketVectors>('packets');
  const own = accepted.filter(({ foreign, packets: { length } }) => foreign === undefined && length > 0);

  it.each(own)('writes the bytes of the vectors: $description', ({ hex, packets: lines }) => {
    const bytes = written((writer) => {
      for (const line of lines) writePacket(writer, line);
    });
    expect(bytes.toString('hex')).toBe(fromHex(hex).toString('hex'));
  });

  it('writes a header of any length up to 16 KiB, and refuses a longer one', () => {
    for (const length of [0, 100, 120, 121, 122, 127, 128, 300, 5000, 16_300]) {
      const header = { timeoutMs: 1, headers: { a: 'x'.repeat(length) } };
      const bytes = written((writer) => packets.writeCall(writer, 1, 2, 3, 0, header, ['end']));
      expect(read(bytes)).toEqual([['call', 1, 2, 3, 0, header, ['end']]]);
    }
    const headers = { a: 'x'.repeat(16_384) };
    expect(() => written((writer) => packets.writeCall(writer, 1, 2, 3, 0, { headers }, []))).toThrow(
      expect.objectContaining({ code: 'resource_exhausted' }),
    );
  });

  it('rounds a deadline up and never sends a negative one', () => {
    for (const [timeoutMs, sent] of [
      [0.1, 1],
      [-5, 0],
      [1e300, Number.MAX_SAFE_INTEGER],
    ]) {
      const bytes = written((writer) => packets.writeCall(writer, 1, 1, 1, 0, { timeoutMs: timeoutMs! }, []));
      // Integers beyond 32 bits are sent as float64, which is read as a number as well.
      expect(read(bytes)).toEqual([['call', 1, 1, 1, 0, { timeoutMs: sent }, []]]);
    }
  });

  it('copies an encoded event body into several packets', () => {
    const body = richWriter(0);
    packets.writeEventBody(body, 'price', { symbol: 'N', bids: [1, 2] });
    const once = {
      bytes: body.buffer.subarray(0, body.position),
      elements: body.elements,
      features: body.needed,
      costly: body.costly,
    };
    const bytes = written((writer) => {
      packets.writeEventOf(writer, 1, once);
      packets.writeEventOf(writer, 200, once);
      expect(writer.elements).toBe(2 * (1 + body.elements));
    });
    expect(read(bytes)).toEqual([
      ['event', 1, 'price', { symbol: 'N', bids: [1, 2] }],
      ['event', 200, 'price', { symbol: 'N', bids: [1, 2] }],
    ]);
  });

  it('names the argument that cannot be sent', () => {
    const bad = [1, { user: { avatar: Symbol('x') } }];
    expect(() => written((writer) => packets.writeCall(writer, 1, 1, 1, 0, undefined, bad))).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: 'argument [1].user.avatar is a symbol' }),
    );
  });

  it("refuses values over the receiver's limits with a typed error", () => {
    const small = { ...baseLimits, message: 100, elements: 5 };
    for (const write of [
      (writer: Writer) => packets.writeBytes(writer, 1, new Uint8Array(200)),
      (writer: Writer) => packets.writeResult(writer, 1, 'x'.repeat(200)),
      (writer: Writer) => packets.writeEventOf(writer, 1, { bytes: new Uint8Array(200), elements: 1, features: 0, costly: 0 }),
      (writer: Writer) => packets.writeEventOf(writer, 1, { bytes: new Uint8Array(2), elements: 9, features: 0, costly: 0 }),
      (writer: Writer) => {
        for (let index = 0; index < 6; index++) packets.writePing(writer, index);
      },
    ]) {
      expect(() => written(write, small)).toThrow(NetronError);
      expect(() => written(write, small)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    }
  });
});
