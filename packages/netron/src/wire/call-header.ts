import { NetronError } from '../errors/netron-error.js';
import { exhausted, malformed } from './malformed.js';
import { type Reader } from './reader.js';
import { isPosition, type StreamPosition } from './stream-position.js';
import { namedTrace, type Trace } from './trace.js';
import { valueFeatures } from './value-features.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';
import type { Writer } from './writer.js';

/** Header fields of a call. Absent fields take no bytes. */
export interface CallHeader {
  /** Milliseconds left until the call's deadline; sent as an integer, rounded up. */
  timeoutMs?: number;
  /** W3C trace context: `00-<32 hex>-<16 hex>-<2 hex>`. Not checked here. */
  traceparent?: string;
  tracestate?: string;
  /** Calls with the same key run only once. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  /** Whether the answering generator advances step by step. */
  steps?: boolean;
  /** Number of retries so far, of this call or of its parent call. */
  attempt?: number;
  /** Position after which the answering stream is to start. */
  resumeFrom?: StreamPosition;
}

/** Highest number of retries that is sent. */
const maxAttempts = 127;

/** Bytes of the longest header. */
export const headerLimit = 16 * 1024;

const keys = {
  timeoutMs: 1,
  traceparent: 2,
  tracestate: 3,
  idempotencyKey: 4,
  headers: 5,
  steps: 6,
  attempt: 7,
  resumeFrom: 8,
  sameTrace: 9,
} as const;

/**
 * Writes the header's length and fields.
 *
 * @returns whether it refers to the trace of an earlier call in the message
 */
export function writeHeader(writer: Writer, header: CallHeader): boolean {
  const start = writer.position;
  let tied = false;
  writer.u8(0);
  if (header.timeoutMs !== undefined) {
    if (Number.isNaN(header.timeoutMs))
      throw new NetronError('invalid_argument', 'timeout must be a number of milliseconds, not NaN');
    writer.u8(keys.timeoutMs);
    writer.number(Math.min(Math.max(Math.ceil(header.timeoutMs), 0), Number.MAX_SAFE_INTEGER));
  }
  if (header.traceparent !== undefined || header.tracestate !== undefined) tied = writeTrace(writer, header);
  if (header.idempotencyKey !== undefined) field(writer, keys.idempotencyKey, header.idempotencyKey);
  if (header.headers !== undefined) {
    writer.u8(keys.headers);
    writeHeaders(writer, header.headers);
  }
  if (header.steps === true) {
    writer.u8(keys.steps);
    writer.u8(0xc3);
  }
  if (header.attempt !== undefined) {
    writer.u8(keys.attempt);
    writer.number(Math.min(header.attempt, maxAttempts));
  }
  if (header.resumeFrom !== undefined) {
    writer.u8(keys.resumeFrom);
    writeValue(writer, header.resumeFrom, 'resumeFrom');
  }
  const size = writer.position - start - 1;
  if (size < 0x80) {
    writer.buffer[start] = size;
    return tied;
  }
  if (size > headerLimit) throw new NetronError('resource_exhausted', `headers exceed the limit of ${headerLimit} bytes`);
  const width = size < 0x4000 ? 2 : 3;
  writer.ensure(width - 1);
  writer.buffer.copyWithin(start + width, start + 1, writer.position);
  const end = writer.position + width - 1;
  writer.position = start;
  writer.varint(size);
  writer.position = end;
  return tied;
}

/**
 * Writes a trace, or a reference to it when an earlier call has the same one.
 *
 * @returns whether it is a reference
 */
function writeTrace(writer: Writer, trace: Trace): boolean {
  const { traceparent, tracestate } = trace;
  const { trace: before } = writer;
  if (before !== undefined && before.traceparent === traceparent && before.tracestate === tracestate) {
    writer.u8(keys.sameTrace);
    writer.u8(0xc3);
    return true;
  }
  if (traceparent !== undefined) field(writer, keys.traceparent, traceparent);
  if (tracestate !== undefined) field(writer, keys.tracestate, tracestate);
  if ((writer.features & valueFeatures.traces) !== 0) writer.trace = namedTrace(trace);
  return false;
}

function field(writer: Writer, key: number, text: string): void {
  if (typeof text !== 'string')
    throw new NetronError('invalid_argument', `expected a string in a call's header, got ${typeof text}`);
  writer.u8(key);
  writeValue(writer, text, 'header');
}

/** Each value is read once, so that the checked value is the one sent. */
function writeHeaders(writer: Writer, headers: Readonly<Record<string, string>>): void {
  const texts: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const text: unknown = headers[name];
    if (typeof text !== 'string')
      throw new NetronError('invalid_argument', `expected header '${name}' to be a string, got ${typeof text}`);
    Object.defineProperty(texts, name, { value: text, enumerable: true });
  }
  writeValue(writer, texts, 'headers');
}

/** Reads the header's length and fields; skips unknown fields. */
export function readHeader(reader: Reader): CallHeader {
  const size = reader.varint();
  const outer = reader.end;
  const end = reader.position + size;
  if (size > headerLimit) throw exhausted(`a header of more than ${headerLimit} bytes`);
  if (end > outer) throw malformed('a header longer than its packet');
  const header: CallHeader = {};
  reader.end = end;
  while (reader.position < end) readField(reader, header);
  reader.end = outer;
  return header;
}

function readField(reader: Reader, header: CallHeader): void {
  switch (reader.u8()) {
    case keys.timeoutMs: {
      const left = readValue(reader);
      if (typeof left !== 'number' || !Number.isSafeInteger(left) || left < 0)
        throw malformed('a deadline that is not a duration');
      header.timeoutMs = left;
      return;
    }
    case keys.traceparent:
      header.traceparent = reader.string();
      reader.trace = namedTrace(header);
      return;
    case keys.tracestate:
      header.tracestate = reader.string();
      reader.trace = namedTrace(header);
      return;
    case keys.idempotencyKey:
      header.idempotencyKey = reader.string();
      return;
    case keys.headers:
      header.headers = readHeaders(reader);
      return;
    case keys.steps: {
      const steps = readValue(reader);
      if (typeof steps !== 'boolean') throw malformed('a header whose steps is not a boolean');
      header.steps = steps;
      return;
    }
    case keys.attempt: {
      const attempt = readValue(reader);
      if (typeof attempt !== 'number' || !Number.isInteger(attempt) || attempt < 0 || attempt > maxAttempts)
        throw malformed('an invalid attempt number');
      header.attempt = attempt;
      return;
    }
    case keys.resumeFrom: {
      const position = readValue(reader);
      if (!isPosition(position)) throw malformed('a position that is neither a string nor a number');
      header.resumeFrom = position;
      return;
    }
    case keys.sameTrace: {
      const { trace } = reader;
      if (readValue(reader) !== true || trace === undefined) throw malformed('a trace without a previous call');
      const { traceparent, tracestate } = trace;
      if (traceparent !== undefined) header.traceparent = traceparent;
      if (tracestate !== undefined) header.tracestate = tracestate;
      return;
    }
    default: {
      // A handle in an unknown field would never be released.
      const { handles } = reader;
      reader.handles = undefined;
      try {
        readValue(reader);
      } finally {
        reader.handles = handles;
      }
    }
  }
}

function readHeaders(reader: Reader): Record<string, string> {
  const headers = readValue(reader);
  if (!isTexts(headers)) throw malformed('headers whose values are not strings');
  const names = Object.keys(headers);
  if (names.every((name) => name === name.toLowerCase())) return headers;
  // Callers in other languages need not know that methods read headers in lower case.
  const lower = names.map((name) => name.toLowerCase());
  // The same rule as for all received objects.
  if (lower.includes('__proto__')) throw malformed('a header with a forbidden name');
  return Object.fromEntries(names.map((name, at) => [lower[at], headers[name] as string]));
}

function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}
