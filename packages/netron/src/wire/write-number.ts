import { putU32 } from './u32.js';

/** The members of a writer that numbers use. */
export interface NumberWriter {
  readonly buffer: Uint8Array;
  position: number;
  /** Makes room for `size` more bytes. */
  ensure(size: number): void;
  /** Writes one byte. */
  u8(n: number): void;
  float64(n: number): void;
}

/** Writes a MessagePack number: int when it fits into 32 bits, float64 otherwise. */
export function writeNumber(writer: NumberWriter, n: number): void {
  if ((n | 0) !== n) {
    if (n > 0 && n >>> 0 === n) {
      writer.ensure(5);
      writer.buffer[writer.position++] = 0xce;
      putU32(writer.buffer, writer.position, n);
      writer.position += 4;
    } else writer.float64(n);
  } else if (n >= 0) {
    if (n < 0x80) {
      if (n === 0 && Object.is(n, -0)) writer.float64(n);
      else writer.u8(n);
    } else {
      writer.ensure(5);
      if (n < 0x100) {
        writer.buffer[writer.position++] = 0xcc;
        writer.buffer[writer.position++] = n;
      } else if (n < 0x10000) {
        writer.buffer[writer.position++] = 0xcd;
        writer.buffer[writer.position++] = n >>> 8;
        writer.buffer[writer.position++] = n;
      } else {
        writer.buffer[writer.position++] = 0xce;
        putU32(writer.buffer, writer.position, n);
        writer.position += 4;
      }
    }
  } else if (n >= -0x20) writer.u8(n);
  else {
    writer.ensure(5);
    if (n >= -0x80) {
      writer.buffer[writer.position++] = 0xd0;
      writer.buffer[writer.position++] = n;
    } else if (n >= -0x8000) {
      writer.buffer[writer.position++] = 0xd1;
      writer.buffer[writer.position++] = n >>> 8;
      writer.buffer[writer.position++] = n;
    } else {
      writer.buffer[writer.position++] = 0xd2;
      putU32(writer.buffer, writer.position, n);
      writer.position += 4;
    }
  }
}
