import type { Compressor } from '../../compression/compressor.js';
import { kinds } from '../../wire/packets.js';
import { Writer } from '../../wire/writer.js';

/** Returns a message in compressed form; `undefined` when that saves nothing, or the two ends have no compressor in common. */
export function compress(message: Uint8Array, compressor: Compressor | undefined): Uint8Array | undefined {
  if (compressor === undefined || message.length < compressor.threshold) return undefined;
  const body = compressor.compress(message);
  if (body.length + 8 >= message.length) return undefined;
  const envelope = new Writer(body.length + 8);
  envelope.u8(kinds.compressed);
  envelope.varint(message.length);
  envelope.bytes(body);
  return envelope.buffer.subarray(0, envelope.position);
}
