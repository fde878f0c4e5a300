/** Reads the packets of a message, and the kinds that every end supports. */
import { isCode } from '../errors/codes.js';
import { longestReason } from './limits.js';
import { malformed } from './malformed.js';
import { flags as flag, kinds, magic } from './packet-kinds.js';
import type { PacketSink } from './packet-sink.js';
import type { Reader } from './reader.js';
import { readValue } from './value-reader.js';

/** Reads a packet of one kind, after its first byte, and passes it to `sink`. */
export type PacketReader<Sink> = (reader: Reader, sink: Sink, flags: number) => void;

/**
 * Reads all packets of the message that `reader` has loaded, and passes each to `sink` before it reads the next.
 *
 * @param readers by the kind that they read; other kinds are malformed
 * @throws NetronError `invalid_argument` when the bytes are not packets, `resource_exhausted` when a limit is exceeded; otherwise only the
 *   errors of `sink`. Packets before the invalid one have been passed on.
 */
export function readMessage<Sink extends Pick<PacketSink, 'ack' | 'unknown'>>(
  reader: Reader,
  sink: Sink,
  readers: readonly PacketReader<Sink>[],
): void {
  if (reader.position === reader.end) throw malformed('it is empty');
  try {
    while (reader.position < reader.end) {
      readPacket(reader, sink, readers);
      if (reader.received !== undefined) giveBack(reader);
    }
  } finally {
    giveBack(reader);
  }
}

function giveBack(reader: Reader): void {
  const { received } = reader;
  reader.received = undefined;
  received?.release();
}

/** Whether a packet of this kind may have its flags. */
function isFlagged(first: number, kind: number): boolean {
  if (kind === kinds.call || kind === kinds.pipe || first === (kinds.error | flag.doubted)) return true;
  return first === (kinds.result | flag.void) || first === (kinds.error | flag.notRun) || first === (kinds.end | flag.value);
}

function readPacket<Sink extends Pick<PacketSink, 'ack' | 'unknown'>>(
  reader: Reader,
  sink: Sink,
  readers: readonly PacketReader<Sink>[],
): void {
  const first = reader.u8();
  reader.spend(1);
  const kind = first & 0x1f;
  const flags = first & 0xe0;
  if (kind >= kinds.unknown) return readExtension(reader, sink, kind);
  if (flags !== 0 && !isFlagged(first, kind)) throw malformed('a packet with an unknown flag');
  const read = readers[kind];
  if (read === undefined) throw malformed('a packet of an unknown kind');
  read(reader, sink, flags);
}

function readExtension(reader: Reader, sink: Pick<PacketSink, 'ack' | 'unknown'>, kind: number): void {
  const length = reader.varint();
  if (kind === kinds.ack && sink.ack !== undefined) {
    const end = reader.position + length;
    const count = reader.varint();
    if (reader.position !== end) throw malformed('an ack with a wrong length');
    return sink.ack(count);
  }
  reader.skip(length);
  // An answer is not answered. Version 1 sends nothing unknown, so that the answer carries no information for it.
  if (kind !== kinds.unknown) sink.unknown(kind);
}

/** Packets that may come first: hello, or a goodbye instead. */
export type GreetingSink = Pick<PacketSink, 'hello' | 'goodbye'>;

/**
 * Reads the first message of a conversation, which contains one packet.
 *
 * @throws NetronError `invalid_argument` when it contains anything else
 */
export function readGreeting(reader: Reader, sink: GreetingSink): void {
  const kind = reader.u8();
  if (kind === kinds.hello) readHello(reader, sink);
  else if (kind === kinds.goodbye) readGoodbye(reader, sink);
  else throw malformed('the first packet is not a hello');
  if (reader.position < reader.end) throw malformed('trailing bytes after the hello');
}

export function readHello(reader: Reader, sink: Pick<PacketSink, 'hello'>): void {
  for (const byte of magic) if (reader.u8() !== byte) throw malformed('a hello of another protocol');
  const version = reader.u8();
  sink.hello(version, readValue(reader));
}

export function readResult(reader: Reader, sink: Pick<PacketSink, 'result'>, flags: number): void {
  const id = reader.varint();
  const value = flags === 0 ? readValue(reader) : undefined;
  sink.result(id, value, reader.received);
}

export function readError(reader: Reader, sink: Pick<PacketSink, 'error'>, flags: number): void {
  const id = reader.varint();
  const error = readThrown(reader);
  if (flags === 0) sink.error(id, error);
  else if (flags === flag.notRun) sink.error(id, error, true);
  else sink.error(id, error, false, true);
}

export function readServices(reader: Reader, sink: Pick<PacketSink, 'services'>): void {
  const body = readBody(reader);
  sink.services(texts(body.added ?? []), texts(body.removed ?? []));
}

export function readGoodbye(reader: Reader, sink: Pick<PacketSink, 'goodbye'>): void {
  const { code, reason = '', retryAfterMs } = readBody(reader);
  const wait = retryAfterMs === undefined || (Number.isSafeInteger(retryAfterMs) && (retryAfterMs as number) >= 0);
  if (typeof code !== 'string' || typeof reason !== 'string' || !wait) throw malformed('a goodbye without a reason');
  sink.goodbye(isCode(code) ? code : 'unknown', reason.slice(0, longestReason), retryAfterMs as number | undefined);
}

/** Reads a thrown value. */
export function readThrown(reader: Reader): Error {
  const error = readValue(reader);
  if (!(error instanceof Error)) throw malformed('a failure that is not an error');
  return error;
}

function readBody(reader: Reader): Record<string, unknown> {
  const body = readValue(reader);
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) {
    throw malformed('a packet whose body is not a map');
  }
  return body as Record<string, unknown>;
}

/** @throws NetronError `invalid_argument` when `value` is not a list of strings */
export function texts(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string'))
    throw malformed('a list with an element that is not a string');
  return value;
}
