/** Packets for parts that a client does not include: skips them, and refuses calls. */
import { missingPart } from '../../errors/missing-part.js';
import { flags as flag, kinds, type PacketReader, readRaw, writeRefusal } from '../../wire/packets.js';
import type { Reader } from '../../wire/reader.js';
import { readValue } from '../../wire/value-reader.js';
import type { LinkPackets, RoutedLink } from './link-packets.js';

/** Skips integers and the values after them. */
const skip =
  (integers: number, values: number): PacketReader<RoutedLink> =>
  (reader) => {
    for (let left = integers; left > 0; left -= 1) reader.varint();
    for (let left = values; left > 0; left -= 1) readValue(reader);
  };

/** Refuses a call; `pass` skips the rest of its target. */
const decline =
  (pass: (reader: Reader) => unknown): PacketReader<RoutedLink> =>
  (reader, { outbox }, flags) => {
    const id = reader.varint();
    reader.varint();
    pass(reader);
    if ((flags & flag.header) !== 0) reader.skip(reader.varint());
    readValue(reader);
    outbox.failure(writeRefusal, id, missingPart('calls of a client', 'callbacks', 'unimplemented'));
  };

export const skippedPackets: LinkPackets = {
  [kinds.call]: decline((reader) => reader.varint()),
  [kinds.pipe]: decline(readValue),
  [kinds.cancel]: skip(1, 0),
  [kinds.drop]: skip(1, 0),
  [kinds.release]: skip(2, 0),
  // Items may be in flight when their producer learns that they are not read.
  [kinds.item]: skip(1, 1),
  [kinds.bytes](reader) {
    reader.varint();
    reader.skip(reader.varint());
  },
  [kinds.raw]: (reader, link) => readRaw(reader, link),
  [kinds.end]: (reader, link, flags) => skip(1, flags === 0 ? 0 : 1)(reader, link, flags),
  [kinds.fail]: skip(1, 1),
  [kinds.credit]: skip(2, 0),
  [kinds.stop]: skip(1, 0),
  [kinds.event]: skip(1, 2),
};
