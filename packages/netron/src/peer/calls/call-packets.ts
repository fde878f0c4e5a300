import { kinds, readCall, readPipe } from '../../wire/packets.js';
import type { LinkPackets } from '../link/link-packets.js';

/** Readers of packets about calls and references of the other end. */
export const callPackets: LinkPackets = {
  [kinds.call]: (reader, { incoming }, flags) => readCall(reader, incoming, flags),
  [kinds.pipe]: (reader, { incoming }, flags) => readPipe(reader, incoming, flags),
  [kinds.cancel]: (reader, { incoming }) => incoming.cancel(reader.varint()),
  [kinds.drop]: (reader, { incoming }) => incoming.drop(reader.varint()),
  [kinds.release]: (reader, { exports }) => exports.release(reader.varint(), reader.varint()),
};
