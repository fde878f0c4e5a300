/** Reads packets of streams. */
import { exhausted, malformed } from './malformed.js';
import { kinds } from './packet-kinds.js';
import { readThrown } from './packet-reader.js';
import type { PacketSink } from './packet-sink.js';
import type { Reader } from './reader.js';
import { readValue } from './value-reader.js';

export function readItem(reader: Reader, sink: Pick<PacketSink, 'item'>): void {
  const start = reader.position - 1;
  const stream = reader.varint();
  const value = readValue(reader);
  sink.item(stream, value, reader.position - start, reader.received);
}

export function readBytes(reader: Reader, sink: Pick<PacketSink, 'bytes'>): void {
  sink.bytes(reader.varint(), reader.binary(reader.varint()));
}

export function readRaw(reader: Reader, sink: Pick<PacketSink, 'raw'>): void {
  const stream = reader.varint();
  const length = reader.varint();
  if (length === 0 || (reader.position < reader.end && reader.bytes[reader.position] !== kinds.raw)) {
    throw malformed('a raw packet that is followed by another');
  }
  if (length > reader.limits.message) throw exhausted(`a chunk of more than ${reader.limits.message} bytes`);
  sink.raw(stream, length);
}

export function readEnd(reader: Reader, sink: Pick<PacketSink, 'end'>, flags: number): void {
  const stream = reader.varint();
  if (flags === 0) return sink.end(stream);
  const value = readValue(reader);
  sink.end(stream, value, reader.received);
}

export function readFail(reader: Reader, sink: Pick<PacketSink, 'fail'>): void {
  sink.fail(reader.varint(), readThrown(reader));
}
