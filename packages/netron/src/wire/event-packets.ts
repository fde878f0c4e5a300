/** Reads packets of events. */
import { malformed } from './malformed.js';
import type { PacketSink } from './packet-sink.js';
import type { Reader } from './reader.js';
import { readValue } from './value-reader.js';

export function readEvent(reader: Reader, sink: Pick<PacketSink, 'event'>): void {
  const subscription = reader.varint();
  const name = readName(reader);
  const data = readValue(reader);
  sink.event(subscription, name, data, reader.received);
}

function readName(reader: Reader): string | undefined {
  const name = readValue(reader);
  if (name === null) return undefined;
  if (typeof name !== 'string') throw malformed('an event whose name is not a string');
  return name;
}
