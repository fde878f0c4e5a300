/** Reads packets of calls. */
import { readHeader } from './call-header.js';
import { malformed } from './malformed.js';
import { flags as flag } from './packet-kinds.js';
import { texts } from './packet-reader.js';
import type { PacketSink } from './packet-sink.js';
import type { Reader } from './reader.js';
import { readValue } from './value-reader.js';

const known = flag.hold | flag.cancellable;

export function readCall(reader: Reader, sink: Pick<PacketSink, 'call'>, flags: number): void {
  const id = reader.varint();
  const handle = reader.varint();
  const member = reader.varint();
  const header = (flags & flag.header) === 0 ? undefined : readHeader(reader);
  const args = readValue(reader);
  if (!Array.isArray(args)) throw malformed('a call without an array of arguments');
  sink.call(id, handle, member, flags & known, header, args, reader.received);
}

export function readPipe(reader: Reader, sink: Pick<PacketSink, 'pipe'>, flags: number): void {
  const id = reader.varint();
  const source = reader.varint();
  const path = texts(readValue(reader));
  const header = (flags & flag.header) === 0 ? undefined : readHeader(reader);
  const args = readValue(reader);
  if (args !== null && !Array.isArray(args)) throw malformed('a call without an array of arguments');
  sink.pipe(id, source, path, flags & known, header, args ?? undefined, reader.received);
}
