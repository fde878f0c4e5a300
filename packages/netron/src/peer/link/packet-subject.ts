/** Packets that are so long that they leave in parts: what each is about, and which of them others may overtake. */
import { kinds } from '../../wire/packets.js';

/** The packet that a long message holds, as far as its first part tells it. */
export interface Subject {
  /** First byte of the packet. */
  readonly first: number;
  /** Its number: of a call, a stream or a subscription. */
  readonly number: number;
}

/** Packets that others may overtake: what belongs behind one of them is sent by `behind`. */
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
