import { encodeText } from '#platform';
import { needsValues, type ValueEncoder } from './extended-values.js';
import { putHeader } from './header.js';
import type { Limits } from './limits.js';
import { isWellFormed } from './surrogates.js';
import { tooLong } from './unwritable.js';

/** The members of a writer that strings use. */
export interface StringWriter {
  readonly buffer: Uint8Array;
  position: number;
  readonly limits: Readonly<Pick<Limits, 'message'>>;
  /** Makes room for `size` more bytes. */
  ensure(size: number): void;
}

/**
 * Writes a MessagePack str of any length and any characters.
 *
 * @throws Unwritable when it is longer than the receiver's messages, or has an unpaired surrogate that the writer cannot encode
 */
export function writeLongString<Writer extends StringWriter>(
  writer: Writer & { readonly values: Pick<ValueEncoder<Writer>, 'writeCutText'> | undefined },
  text: string,
): void {
  const { length } = text;
  if (length > writer.limits.message - writer.position) throw tooLong(writer.limits, writer.position + length);
  writer.ensure(5 + length * 3);
  const { buffer, position } = writer;
  const guess = headerSize(length);
  const size = encodeText(buffer, text, position + guess);
  if (size !== length && !isWellFormed(text)) {
    if (writer.values === undefined) throw needsValues('contains a lone surrogate');
    return writer.values.writeCutText(writer, text);
  }
  const header = headerSize(size);
  if (header !== guess) buffer.copyWithin(position + header, position + guess, position + guess + size);
  if (header === 1) buffer[position] = 0xa0 | size;
  else putHeader(buffer, position, size, 0xd9, header - 1);
  writer.position = position + header + size;
}

function headerSize(size: number): number {
  return size < 0x20 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5;
}
