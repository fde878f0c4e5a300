/** Packets so long that they are sent in parts: the call or stream that each belongs to, and whether others may overtake it. */
import { kinds } from '../../wire/packets.js';

/** The packet in a long message, as far as its first part shows it. */
export interface Subject {
  /** First byte of the packet. */
  readonly first: number;
  /** Number of its call, stream or subscription. */
  readonly number: number;
}

/** Packets that others may overtake. Packets that must follow one of them are sent by `behind`. */
export const loose: ReadonlySet<number> = new Set([
  kinds.call,
  kinds.pipe,
  kinds.result,
  kinds.error,
  kinds.item,
  kinds.end,
  kinds.fail,
  kinds.event,
]);

/** Reads the beginning of a packet. */
export function subjectOf(buffer: Uint8Array, at: number): Subject {
  const first = buffer[at] as number;
  if (!loose.has(first & 0x1f)) return { first, number: 0 };
  let number = 0;
  let scale = 1;
  for (let index = at + 1; ; index += 1) {
    const byte = buffer[index] as number;
    number += (byte & 0x7f) * scale;
    if (byte < 0x80) return { first, number };
    scale *= 0x80;
  }
}
