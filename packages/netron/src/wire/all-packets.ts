/** Readers for every kind of packet, for tools that read whole conversations. */
import { readCall, readPipe } from './call-packets.js';
import { readEvent } from './event-packets.js';
import { kinds } from './packet-kinds.js';
import { type PacketReader, readError, readGoodbye, readHello, readMessage, readResult, readServices } from './packet-reader.js';
import type { PacketSink } from './packet-sink.js';
import type { Reader } from './reader.js';
import { readBytes, readEnd, readFail, readItem, readRaw } from './stream-packets.js';

const readers: PacketReader<PacketSink>[] = Object.assign([], {
  [kinds.hello]: readHello,
  [kinds.call]: readCall,
  [kinds.pipe]: readPipe,
  [kinds.result]: readResult,
  [kinds.error]: readError,
  [kinds.cancel]: (reader, sink) => sink.cancel(reader.varint()),
  [kinds.drop]: (reader, sink) => sink.drop(reader.varint()),
  [kinds.item]: readItem,
  [kinds.bytes]: readBytes,
  [kinds.raw]: readRaw,
  [kinds.end]: readEnd,
  [kinds.fail]: readFail,
  [kinds.credit]: (reader, sink) => sink.credit(reader.varint(), reader.varint()),
  [kinds.stop]: (reader, sink) => sink.stop(reader.varint()),
  [kinds.event]: readEvent,
  [kinds.release]: (reader, sink) => sink.release(reader.varint(), reader.varint()),
  [kinds.ping]: (reader, sink) => sink.ping(reader.varint()),
  [kinds.pong]: (reader, sink) => sink.pong(reader.varint()),
  [kinds.services]: readServices,
  [kinds.goodbye]: readGoodbye,
} satisfies Record<number, PacketReader<PacketSink>>);

/**
 * Reads all packets of the message that `reader` has loaded, and passes each to `sink` before it reads the next.
 *
 * @throws NetronError as `readMessage`
 */
export function readPackets(reader: Reader, sink: PacketSink): void {
  readMessage(reader, sink, readers);
}
