import { kinds, readEnd, readFail, readItem, readRaw } from '../../wire/packets.js';
import type { LinkPackets } from '../link/link-packets.js';

/** Readers of packets about streams in both directions. */
export const streamPackets: LinkPackets = {
  [kinds.item]: (reader, { incomingStreams }) => readItem(reader, incomingStreams),
  [kinds.bytes](reader, { incomingStreams }) {
    const stream = reader.varint();
    const chunk = reader.binary(reader.varint());
    incomingStreams.item(stream, chunk, chunk.length, undefined);
  },
  [kinds.raw]: (reader, link) => readRaw(reader, link),
  [kinds.end]: (reader, { incomingStreams }, flags) => readEnd(reader, incomingStreams, flags),
  [kinds.fail]: (reader, { incomingStreams }) => readFail(reader, incomingStreams),
  [kinds.credit]: (reader, { outgoingStreams }) => outgoingStreams.credit(reader.varint(), reader.varint()),
  [kinds.stop]: (reader, { outgoingStreams }) => outgoingStreams.stop(reader.varint()),
};
