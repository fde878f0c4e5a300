import { type Code, isCode } from '../errors/codes.js';
import { type CallHeader, readHeader } from './call-header.js';
import { exhausted, malformed } from './malformed.js';
import { flags as flag, kinds, magic } from './packet-kinds.js';
import { type Reader } from './reader.js';
import type { Received } from './received.js';
import { readValue } from './value-reader.js';

/**
 * Takes packets as they are read: one call per packet, no object around it. Types and ranges have been checked. Packets with
 * values of the program come with what their values brought, if anything: what of that the sink has not taken when it returns
 * is given back. A value that cannot be had here has left its reason there.
 */
export interface PacketSink {
  hello(version: number, body: unknown): void;
  call(
    id: number,
    handle: number,
    member: number,
    flags: number,
    header: CallHeader | undefined,
    args: unknown[],
    received: Received | undefined,
  ): void;
  pipe(
    id: number,
    source: number,
    path: string[],
    flags: number,
    header: CallHeader | undefined,
    args: unknown[] | undefined,
    received: Received | undefined,
  ): void;
  result(id: number, value: unknown, received: Received | undefined): void;
  /** @param notRun the method did not begin; absent when the packet does not say so */
  error(id: number, error: Error, notRun?: boolean): void;
  cancel(id: number): void;
  drop(id: number): void;
  /** `size` is the length of the whole packet in bytes: what it costs of the stream's credit. */
  item(stream: number, value: unknown, size: number, received: Received | undefined): void;
  /** `chunk` may be a view of the message. */
  bytes(stream: number, chunk: Uint8Array): void;
  /** A message that follows this one is `length` bytes of the stream; only others of its kind follow in this message. */
  raw(stream: number, length: number): void;
  /** @param value what the producer's generator has returned */
  end(stream: number, value?: unknown, received?: Received): void;
  fail(stream: number, error: Error): void;
  credit(stream: number, bytes: number): void;
  stop(stream: number): void;
  event(subscription: number, name: string | undefined, data: unknown, received: Received | undefined): void;
  release(handle: number, count: number): void;
  ping(number: number): void;
  pong(number: number): void;
  services(added: string[], removed: string[]): void;
  /** `code` is a `Code`; one that is not known here has become `unknown`. */
  goodbye(code: Code, reason: string, retryAfterMs: number | undefined): void;
  /** A packet of a later version was skipped; it is answered by `writeUnknown(writer, kind)`. */
  unknown(kind: number): void;
  /** Messages of the session that have arrived at the other end. Absent when there is no session: then it is unknown. */
  readonly ack?: ((count: number) => void) | undefined;
}

const known = flag.header | flag.hold | flag.cancellable;

/**
 * Reads all packets of the message that `reader` has loaded, and hands each to `sink` before it reads the next.
 *
 * @throws NetronError `invalid_argument` when the bytes are not packets, `resource_exhausted` when a limit is exceeded;
 *   besides these only what `sink` throws. Packets before the bad one have been handed over.
 */
export function readPackets(reader: Reader, sink: PacketSink): void {
  if (reader.position === reader.end) throw malformed('it is empty');
  try {
    while (reader.position < reader.end) {
      readPacket(reader, sink);
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
  if (kind === kinds.call || kind === kinds.pipe) return true;
  return first === (kinds.result | flag.void) || first === (kinds.error | flag.notRun) || first === (kinds.end | flag.value);
}

function readPacket(reader: Reader, sink: PacketSink): void {
  const first = reader.u8();
  reader.spend(1);
  const kind = first & 0x1f;
  const flags = first & 0xe0;
  if (flags !== 0 && kind < kinds.unknown && !isFlagged(first, kind)) {
    throw malformed('a packet with an unknown flag');
  }
  switch (kind) {
    case kinds.call:
      readCall(reader, sink, flags);
      break;
    case kinds.result:
      readResult(reader, sink, flags);
      break;
    case kinds.pipe:
      readPipe(reader, sink, flags);
      break;
    case kinds.hello:
      readHello(reader, sink);
      break;
    case kinds.error:
      if (flags === 0) sink.error(reader.varint(), readThrown(reader));
      else sink.error(reader.varint(), readThrown(reader), true);
      break;
    case kinds.cancel:
      sink.cancel(reader.varint());
      break;
    case kinds.drop:
      sink.drop(reader.varint());
      break;
    case kinds.item: {
      const start = reader.position - 1;
      const stream = reader.varint();
      const value = readValue(reader);
      sink.item(stream, value, reader.position - start, reader.received);
      break;
    }
    case kinds.bytes:
      sink.bytes(reader.varint(), reader.binary(reader.varint()));
      break;
    case kinds.raw:
      readRaw(reader, sink);
      break;
    case kinds.end:
      if (flags === 0) sink.end(reader.varint());
      else readReturn(reader, sink);
      break;
    case kinds.fail:
      sink.fail(reader.varint(), readThrown(reader));
      break;
    case kinds.credit:
      sink.credit(reader.varint(), reader.varint());
      break;
    case kinds.stop:
      sink.stop(reader.varint());
      break;
    case kinds.event:
      readEvent(reader, sink);
      break;
    case kinds.release:
      sink.release(reader.varint(), reader.varint());
      break;
    case kinds.ping:
      sink.ping(reader.varint());
      break;
    case kinds.pong:
      sink.pong(reader.varint());
      break;
    case kinds.services: {
      const body = readBody(reader);
      sink.services(texts(body.added ?? []), texts(body.removed ?? []));
      break;
    }
    case kinds.goodbye:
      readGoodbye(reader, sink);
      break;
    default:
      readExtension(reader, sink, kind);
  }
}

function readExtension(reader: Reader, sink: PacketSink, kind: number): void {
  if (kind < kinds.unknown) throw malformed('a packet of an unknown kind');
  const length = reader.varint();
  if (kind === kinds.ack && sink.ack !== undefined) {
    const end = reader.position + length;
    const count = reader.varint();
    if (reader.position !== end) throw malformed('an ack of another length than it says');
    return sink.ack(count);
  }
  reader.skip(length);
  // An answer is not answered. Version 1 sends nothing that could be unknown, so that there is nothing to learn from it.
  if (kind !== kinds.unknown) sink.unknown(kind);
}

/** Packets that may come first: hello, or a goodbye instead. */
export type GreetingSink = Pick<PacketSink, 'hello' | 'goodbye'>;

/**
 * Reads the first message of a conversation, which holds one packet.
 *
 * @throws NetronError `invalid_argument` when it holds anything else
 */
export function readGreeting(reader: Reader, sink: GreetingSink): void {
  const kind = reader.u8();
  if (kind === kinds.hello) readHello(reader, sink);
  else if (kind === kinds.goodbye) readGoodbye(reader, sink);
  else throw malformed('the first is not a hello');
  if (reader.position < reader.end) throw malformed('the first holds more than a hello');
}

function readHello(reader: Reader, sink: GreetingSink): void {
  for (const byte of magic) if (reader.u8() !== byte) throw malformed('a hello of another protocol');
  const version = reader.u8();
  sink.hello(version, readValue(reader));
}

function readCall(reader: Reader, sink: PacketSink, flags: number): void {
  const id = reader.varint();
  const handle = reader.varint();
  const member = reader.varint();
  const header = (flags & flag.header) === 0 ? undefined : readHeader(reader);
  const args = readValue(reader);
  if (!Array.isArray(args)) throw malformed('a call without an array of arguments');
  sink.call(id, handle, member, flags & ~flag.header & known, header, args, reader.received);
}

function readResult(reader: Reader, sink: PacketSink, flags: number): void {
  const id = reader.varint();
  const value = flags === 0 ? readValue(reader) : undefined;
  sink.result(id, value, reader.received);
}

function readReturn(reader: Reader, sink: PacketSink): void {
  const stream = reader.varint();
  const value = readValue(reader);
  sink.end(stream, value, reader.received);
}

function readEvent(reader: Reader, sink: PacketSink): void {
  const subscription = reader.varint();
  const name = readName(reader);
  const data = readValue(reader);
  sink.event(subscription, name, data, reader.received);
}

function readPipe(reader: Reader, sink: PacketSink, flags: number): void {
  const id = reader.varint();
  const source = reader.varint();
  const path = texts(readValue(reader));
  const header = (flags & flag.header) === 0 ? undefined : readHeader(reader);
  const args = readValue(reader);
  if (args !== null && !Array.isArray(args)) throw malformed('a call without an array of arguments');
  sink.pipe(id, source, path, flags & ~flag.header & known, header, args ?? undefined, reader.received);
}

function readRaw(reader: Reader, sink: PacketSink): void {
  const stream = reader.varint();
  const length = reader.varint();
  if (length === 0 || (reader.position < reader.end && reader.bytes[reader.position] !== kinds.raw)) {
    throw malformed('a raw packet that is followed by another');
  }
  if (length > reader.limits.message) throw exhausted(`a chunk of more than ${reader.limits.message} bytes`);
  sink.raw(stream, length);
}

function readThrown(reader: Reader): Error {
  const error = readValue(reader);
  if (!(error instanceof Error)) throw malformed('a failure that is not an error');
  return error;
}

function readName(reader: Reader): string | undefined {
  const name = readValue(reader);
  if (name === null) return undefined;
  if (typeof name !== 'string') throw malformed('an event whose name is not a text');
  return name;
}

function readGoodbye(reader: Reader, sink: GreetingSink): void {
  const { code, reason = '', retryAfterMs } = readBody(reader);
  const wait = retryAfterMs === undefined || (Number.isSafeInteger(retryAfterMs) && (retryAfterMs as number) >= 0);
  if (typeof code !== 'string' || typeof reason !== 'string' || !wait) throw malformed('a goodbye without a reason');
  sink.goodbye(isCode(code) ? code : 'unknown', reason, retryAfterMs as number | undefined);
}

function readBody(reader: Reader): Record<string, unknown> {
  const body = readValue(reader);
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) {
    throw malformed('a packet whose body is not a map');
  }
  return body as Record<string, unknown>;
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string'))
    throw malformed('a list that holds other than texts');
  return value;
}
