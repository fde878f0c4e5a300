import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { getU32 } from './u32.js';
import { Unwritable } from './unwritable.js';
import type { Writer } from './writer.js';

/** Bytes of the longest integer, 8,192 bits: reading more digits would take more than linear time on some engines. */
const longest = 1024;

/** Writes a BigInt: as int64, otherwise uint64, otherwise the extension in two's complement, big-endian and as short as possible. */
export function writeBigInt(writer: Writer, value: bigint): void {
  const unsigned = BigInt.asUintN(64, value);
  if (BigInt.asIntN(64, value) === value || unsigned === value) {
    writer.u8(BigInt.asIntN(64, value) === value ? 0xd3 : 0xcf);
    for (let shift = 56n; shift >= 0n; shift -= 8n) writer.u8(Number((unsigned >> shift) & 0xffn));
    return;
  }
  // The bits of ~value are those of value inverted, so that both signs need the same room, plus one bit for the sign.
  const digits = (value < 0n ? ~value : value).toString(16);
  const size = (digits.length >> 1) + 1;
  const bytes = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0');
  // An odd number of digits, or a first digit that leaves the sign bit free, needs no extra byte.
  const skip = needless(bytes) ? 2 : 0;
  if (size - skip / 2 > longest) throw new Unwritable('invalid_argument', `is an integer of more than ${longest * 8} bits`);
  const start = writer.beginExtension(extensionTypes.bigint);
  for (let index = skip; index < bytes.length; index += 2) writer.u8(Number.parseInt(bytes.slice(index, index + 2), 16));
  writer.endExtension(start);
}

/** Whether the first byte only repeats the sign bit of the second. */
function needless(hex: string): boolean {
  const first = hex.slice(0, 2);
  const second = Number.parseInt(hex.slice(2, 4), 16);
  return (first === '00' && second < 0x80) || (first === 'ff' && second >= 0x80);
}

/** Reads eight bytes as an int64 or uint64. */
export function readInteger64(bytes: Uint8Array, at: number, signed: boolean): bigint {
  const high = getU32(bytes, at);
  return (BigInt(signed ? high | 0 : high) << 32n) | BigInt(getU32(bytes, at + 4));
}

/** Reads the extension's body. Accepts only the form that `writeBigInt` writes. */
export function readBigInt(reader: Reader): bigint {
  const { bytes, position, end } = reader;
  const size = end - position;
  if (size < 9 || size > longest) throw malformed('an integer with an invalid length');
  const second = bytes[position + 1]!;
  if (bytes[position] === (second < 0x80 ? 0x00 : 0xff)) throw malformed('an integer with a redundant byte');
  reader.position = end;
  const value = size <= 16 ? readInteger128(bytes, position, end) : readDigits(bytes, position, end);
  if (BigInt.asUintN(64, value) === value) throw malformed('an integer that fits into 64 bits');
  return value;
}

function readInteger128(bytes: Uint8Array, start: number, end: number): bigint {
  let value = BigInt((bytes[start]! << 24) >> 24);
  let at = start + 1;
  for (; (end - at) % 4 !== 0; at++) value = (value << 8n) | BigInt(bytes[at]!);
  for (; at < end; at += 4) value = (value << 32n) | BigInt(getU32(bytes, at));
  return value;
}

function readDigits(bytes: Uint8Array, start: number, end: number): bigint {
  let hex = '0x';
  for (let at = start; at < end; at++) hex += digits[bytes[at]!];
  return BigInt.asIntN((end - start) * 8, BigInt(hex));
}

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
