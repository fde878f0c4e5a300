import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { getU32, putU32 } from './u32.js';
import type { Writer } from './writer.js';

const billion = 1_000_000_000;

/**
 * Writes a Date as MessagePack's timestamp, in the shortest of its three forms. A single byte 0xff is an invalid date, as in other
 * implementations.
 *
 * @source https://github.com/msgpack/msgpack/blob/master/spec.md#timestamp-extension-type
 */
export function writeDate(writer: Writer, date: Date): void {
  const time = getTime.call(date);
  writer.ensure(15);
  const { buffer } = writer;
  const start = writer.position;
  const seconds = Math.floor(time / 1000);
  const nanoseconds = (time - seconds * 1000) * 1_000_000;
  if (Number.isNaN(time)) {
    buffer[start] = 0xd4;
    buffer[start + 2] = 0xff;
    writer.position = start + 3;
  } else if (nanoseconds === 0 && seconds >= 0 && seconds < 2 ** 32) {
    buffer[start] = 0xd6;
    putU32(buffer, start + 2, seconds);
    writer.position = start + 6;
  } else if (seconds >= 0 && seconds < 2 ** 34) {
    buffer[start] = 0xd7;
    putU32(buffer, start + 2, nanoseconds * 4 + Math.floor(seconds / 2 ** 32));
    putU32(buffer, start + 6, seconds);
    writer.position = start + 10;
  } else {
    buffer[start] = 0xc7;
    buffer[start + 1] = 12;
    buffer[start + 2] = extensionTypes.timestamp & 0xff;
    putU32(buffer, start + 3, nanoseconds);
    putU32(buffer, start + 7, Math.floor(seconds / 2 ** 32));
    putU32(buffer, start + 11, seconds);
    writer.position = start + 15;
    return;
  }
  buffer[start + 1] = extensionTypes.timestamp & 0xff;
}

const { getTime } = Date.prototype;

/** Reads a timestamp's body. Fractions of a millisecond are truncated. */
export function readDate(reader: Reader): Date {
  const { bytes, position, end } = reader;
  reader.position = end;
  switch (end - position) {
    case 1:
      if (bytes[position] !== 0xff) break;
      return new Date(Number.NaN);
    case 4:
      return new Date(getU32(bytes, position) * 1000);
    case 8: {
      const first = getU32(bytes, position);
      return date((first & 3) * 2 ** 32 + getU32(bytes, position + 4), first >>> 2);
    }
    case 12: {
      const high = getU32(bytes, position + 4) | 0;
      return date(high * 2 ** 32 + getU32(bytes, position + 8), getU32(bytes, position));
    }
  }
  throw malformed('a timestamp with an invalid length');
}

function date(seconds: number, nanoseconds: number): Date {
  if (nanoseconds >= billion) throw malformed('a timestamp with too many nanoseconds');
  const result = new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000));
  if (Number.isNaN(getTime.call(result))) throw malformed('a timestamp outside of the range of dates');
  return result;
}
