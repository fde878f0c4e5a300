/** Writers of packets: one function for each kind. */
import { asInternal } from '../errors/as-internal.js';
import { NetronError } from '../errors/netron-error.js';
import { isError } from '../util/thrown.js';
import { type CallHeader, writeHeader } from './call-header.js';
import { partSize } from './limits.js';
import { flags as flag, kinds, magic } from './packet-kinds.js';
import { wellFormed } from './surrogates.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import { writeThrown, writeValue } from './value-writer.js';
import type { Writer } from './writer.js';

/** Content of a `goodbye`: why the sender is about to close the connection. */
export interface Goodbye {
  /** A `Code`. */
  readonly code: string;
  /** For display. */
  readonly reason: string;
  /** Milliseconds after which another attempt to connect makes sense. */
  readonly retryAfterMs?: number;
}

/* One function per packet kind. Each throws the errors of `writeValue`; the caller then undoes the partial output with `Writer.rewind`. */

/** Starts the conversation. `body` is a record with the fields of docs/protocol.md. */
export function writeHello(writer: Writer, version: number, body: unknown): void {
  begin(writer, kinds.hello);
  for (const byte of magic) writer.u8(byte);
  writer.u8(version);
  writeValue(writer, body, 'hello');
}

/** @param flags of `flags.hold` and `flags.cancellable` */
export function writeCall(
  writer: Writer,
  id: number,
  handle: number,
  member: number,
  flags: number,
  header: CallHeader | undefined,
  args: readonly unknown[],
): void {
  const { position } = writer;
  begin(writer, kinds.call | flags | (header === undefined ? 0 : flag.header));
  writer.varint(id);
  writer.varint(handle);
  writer.varint(member);
  const tied = header !== undefined && writeHeader(writer, header);
  writeValue(writer, args, 'argument');
  if (tied) assertTogether(writer, position);
}

/**
 * Calls the member at `path` of the result of the call `source`, or reads it when `args` is `undefined`.
 *
 * @param flags of `flags.hold` and `flags.cancellable`
 */
export function writePipe(
  writer: Writer,
  id: number,
  source: number,
  path: readonly string[],
  flags: number,
  header: CallHeader | undefined,
  args: readonly unknown[] | undefined,
): void {
  const { position } = writer;
  begin(writer, kinds.pipe | flags | (header === undefined ? 0 : flag.header));
  writer.varint(id);
  writer.varint(source);
  writeValue(writer, path, 'path');
  const tied = header !== undefined && writeHeader(writer, header);
  writeValue(writer, args ?? null, 'argument');
  if (tied) assertTogether(writer, position);
}

/**
 * Refuses a packet that refers to an earlier one in its message and is so long that it goes in parts: the caller then writes it as a
 * message of its own, without such references.
 *
 * @throws NetronError `resource_exhausted`, as for a packet that this message has no room for
 */
function assertTogether(writer: Writer, start: number): void {
  if (writer.position - start > partSize)
    throw new NetronError('resource_exhausted', `a call of more than ${partSize} bytes requires its own message`);
}

/**
 * Answers a call.
 *
 * @throws NetronError `internal` for a value that cannot be sent, since the caller is not at fault
 */
export function writeResult(writer: Writer, id: number, value: unknown): void {
  if (value === undefined) return writeNumber(writer, kinds.result | flag.void, id);
  writeNumber(writer, kinds.result, id);
  try {
    writeValue(writer, value, 'result');
  } catch (error) {
    throw asInternal(error, 'invalid_argument');
  }
}

/**
 * Fails a call. The thrown value passes through the writer's error codec, even when it is not an `Error`.
 *
 * @param bit `flags.notRun` or `flags.doubted`, for an end that supports `feature`
 */
export function writeError(writer: Writer, id: number, error: unknown, bit = 0, feature = 0): void {
  begin(writer, kinds.error | ((writer.features & feature) === 0 ? 0 : bit));
  writer.varint(id);
  writeThrown(writer, isError(error) ? error : NetronError.from(error));
}

/** Fails a call that did not start, and says so to an end that supports it. */
export function writeRefusal(writer: Writer, id: number, error: unknown): void {
  writeError(writer, id, error, flag.notRun, valueFeatures.outcome);
}

/** Fails a call whose method may have run or still runs, and says so to an end that supports it. */
export function writeDoubt(writer: Writer, id: number, error: unknown): void {
  writeError(writer, id, error, flag.doubted, valueFeatures.doubt);
}

/** Asks to stop a call. */
export function writeCancel(writer: Writer, id: number): void {
  writeNumber(writer, kinds.cancel, id);
}

/** Releases the held result of a call. */
export function writeDrop(writer: Writer, id: number): void {
  writeNumber(writer, kinds.drop, id);
}

/** Sends an item to a stream's consumer. */
export function writeItem(writer: Writer, stream: number, value: unknown): void {
  begin(writer, kinds.item);
  writer.varint(stream);
  writeValue(writer, value, 'item');
}

/** Sends bytes to a stream's consumer. */
export function writeBytes(writer: Writer, stream: number, chunk: Uint8Array): void {
  begin(writer, kinds.bytes);
  writer.varint(stream);
  writer.varint(chunk.length);
  writeContent(writer, chunk);
}

/** Announces that a message of `length` bytes follows as a chunk of the stream. Only packets of this kind may follow in this message. */
export function writeRaw(writer: Writer, stream: number, length: number): void {
  begin(writer, kinds.raw);
  writer.varint(stream);
  writer.varint(length);
}

/** Start of a message that is sent in parts. */
export interface PartStart {
  /** Bytes of the whole message. */
  readonly length: number;
  /** First byte and number of the packet in it: its call or stream fails when the message is not received completely. */
  readonly first: number;
  readonly number: number;
}

/**
 * Writes one part of a long message, which is a message of the transport of its own.
 *
 * @param start for the first part
 */
export function writePart(writer: Writer, id: number, start: PartStart | undefined, bytes: Uint8Array): void {
  writeNumber(writer, start === undefined ? kinds.part : kinds.part | flag.first, id);
  if (start !== undefined) {
    writer.varint(start.length);
    writer.u8(start.first);
    writer.varint(start.number);
  }
  writer.bytes(bytes);
}

/** Ends a stream. */
export function writeEnd(writer: Writer, stream: number): void {
  writeNumber(writer, kinds.end, stream);
}

/** Ends a stream whose generator has returned a value. Only for ends with the feature `values`. */
export function writeReturn(writer: Writer, stream: number, value: unknown): void {
  writeNumber(writer, kinds.end | flag.value, stream);
  writeValue(writer, value, 'return value');
}

/** Fails a stream. Accepts any thrown value, like `writeError`. */
export function writeFail(writer: Writer, stream: number, error: unknown): void {
  begin(writer, kinds.fail);
  writer.varint(stream);
  writeThrown(writer, isError(error) ? error : NetronError.from(error));
}

/** Allows the producer to send that many bytes more. */
export function writeCredit(writer: Writer, stream: number, bytes: number): void {
  begin(writer, kinds.credit);
  writer.varint(stream);
  writer.varint(bytes);
}

/** Tells the producer that the consumer has left. */
export function writeStop(writer: Writer, stream: number): void {
  writeNumber(writer, kinds.stop, stream);
}

/** Publishes an event to one subscription. `name` is `undefined` when the subscription names it. */
export function writeEvent(writer: Writer, subscription: number, name: string | undefined, data: unknown): void {
  writeNumber(writer, kinds.event, subscription);
  writeEventBody(writer, name, data);
}

/**
 * Writes the part of an event that is the same for all subscribers once, for `writeEventOf`. Without handles, which belong to one
 * connection.
 */
export function writeEventBody(writer: Writer, name: string | undefined, data: unknown): void {
  if (name === undefined) writer.u8(0xc0);
  else writer.string(name);
  writeValue(writer, data, 'event');
}

/** An event's body as written by `writeEventBody`. */
export interface EventBody {
  readonly bytes: Uint8Array;
  /** Increase of that writer's `elements`. */
  readonly elements: number;
  /** Value of that writer's `needed`. */
  readonly features: number;
  /** Increase of that writer's `costly`. */
  readonly costly: number;
}

/** Publishes an event whose body was written before. */
export function writeEventOf(writer: Writer, subscription: number, { bytes, elements, features, costly }: EventBody): void {
  writeNumber(writer, kinds.event, subscription);
  try {
    if ((features & ~writer.features) !== 0) writer.need(features & ~writer.features, 'contains a value of a type');
    writer.spend(elements - costly);
    writer.spendCostly(costly);
  } catch (thrown) {
    throw Unwritable.explain(thrown, 'event');
  }
  writeContent(writer, bytes);
}

/** Releases `count` of the times that a handle was received. */
export function writeRelease(writer: Writer, handle: number, count: number): void {
  begin(writer, kinds.release);
  writer.varint(handle);
  writer.varint(count);
}

/** Asks for a `pong` with the same number. */
export function writePing(writer: Writer, number: number): void {
  writeNumber(writer, kinds.ping, number);
}

/** Answers a `ping`. */
export function writePong(writer: Writer, number: number): void {
  writeNumber(writer, kinds.pong, number);
}

/** Announces which services were added and removed, as `name@version`. */
export function writeServices(writer: Writer, added: readonly string[], removed: readonly string[]): void {
  begin(writer, kinds.services);
  writeValue(writer, { added, removed }, 'services');
}

/** Announces the end of the connection. */
export function writeGoodbye(writer: Writer, goodbye: Goodbye): void {
  const { code, retryAfterMs } = goodbye;
  const reason = wellFormed(goodbye.reason);
  begin(writer, kinds.goodbye);
  writeValue(writer, retryAfterMs === undefined ? { code, reason } : { code, reason, retryAfterMs }, 'goodbye');
}

/** Answers a packet of an unknown kind, from 25 to 31, which was skipped. */
export function writeUnknown(writer: Writer, kind: number): void {
  writeNumber(writer, kinds.unknown, 1);
  writer.u8(kind);
}

/** Acknowledges the messages of a session that have arrived. */
export function writeAck(writer: Writer, count: number): void {
  let length = 1;
  for (let rest = count; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  writeNumber(writer, kinds.ack, length);
  writer.varint(count);
}

function begin(writer: Writer, first: number): void {
  if (++writer.elements > writer.limits.elements) {
    throw new NetronError(
      'resource_exhausted',
      `packet makes the message exceed the limit of ${writer.limits.elements} elements`,
    );
  }
  writer.u8(first);
}

function writeNumber(writer: Writer, kind: number, number: number): void {
  begin(writer, kind);
  writer.varint(number);
}

function writeContent(writer: Writer, bytes: Uint8Array): void {
  try {
    writer.bytes(bytes);
  } catch (thrown) {
    throw Unwritable.explain(thrown, 'packet');
  }
}
