import { describe, expect, it } from 'vitest';
import { errors, fromHex, load, type PacketVectors, toNotation } from '../../../test/vectors/notation.js';
import { NetronError } from '../../errors/netron-error.js';
import { type DecodedPacket, decodeMessage } from '../../wire/decode-message.js';
import { defaultLimits } from '../../wire/limits.js';
import { readPackets, writeAck } from '../../wire/packets.js';
import { richReader, richWriter } from '../../wire/rich-values.js';

const vectors = load<PacketVectors>('session');

/** Returns a packet in the notation of the vectors. */
function noted(packet: DecodedPacket): unknown[] {
  switch (packet.kind) {
    case 'ack':
      return ['ack', packet.count];
    case 'hello':
      return ['hello', packet.version, toNotation(packet.body)];
    case 'ping':
    case 'pong':
      return [packet.kind, packet.number];
    default:
      throw new Error(`no vector has ${packet.kind}`);
  }
}

describe('vectors of sessions', () => {
  it.each(vectors.accepted)('reads: $description', ({ hex, packets }) => {
    expect(decodeMessage(fromHex(hex)).map(noted)).toEqual(packets);
  });

  it.each(vectors.accepted)('writes the same: $description', ({ hex, packets }) => {
    const [first] = packets as [[string, number]];
    if (packets.length !== 1 || first[0] !== 'ack') return;
    const writer = richWriter(64);
    writeAck(writer, first[1]);
    expect(Buffer.from(writer.buffer.subarray(0, writer.position)).toString('hex')).toBe(hex);
  });

  it.each(vectors.rejected)('refuses: $description', ({ hex, code }) => {
    const thrown = ((): unknown => {
      try {
        return decodeMessage(fromHex(hex));
      } catch (error) {
        return error;
      }
    })();
    expect(NetronError.is(thrown) && thrown.code).toBe(code);
  });

  it('is skipped as an extension by ends without sessions', () => {
    const reader = Object.assign(richReader(defaultLimits), { errors });
    for (const hex of ['190105', '1900', '19020500', '1903aabbcc']) {
      const unknown: number[] = [];
      reader.load(fromHex(hex));
      readPackets(reader, { unknown: (kind: number) => unknown.push(kind) } as never);
      expect(unknown).toEqual([25]);
    }
  });
});
