/** The first message of each end: its hello, or the reason why it closes the connection. Parsed before the other end is accepted. */
import { copyOf } from '#platform';
import { NetronError } from '../../errors/netron-error.js';
import type { Connection } from '../../transport/transport.js';
import type { BufferSource } from '../../wire/buffer-source.js';
import { baseLimits, helloLimit, type Limits, longestReason } from '../../wire/limits.js';
import { protocolVersion, readGreeting, writeGoodbye, writeHello } from '../../wire/packets.js';
import { Reader } from '../../wire/reader.js';
import type { ExtendedValues } from '../../wire/rich-values.js';
import { Writer } from '../../wire/writer.js';
import { type AnnouncedLimits, readLimits } from './message-limits.js';

/** Description of a node by its program: plain data, such as a zone, a version and labels. */
export type NodeMetadata = Readonly<Record<string, unknown>>;

/** Description that one end sends of itself. */
export interface Hello {
  /** The node's id. */
  readonly id: string;
  /** 1, or more when the same node has several connections to the same address. */
  readonly ordinal: number;
  /** Secret, known only to the two ends, that identifies a peer which returns after a lost connection. */
  readonly session: Uint8Array | undefined;
  /** Secret that replaces `session` with the first message that follows. Only with the feature `resume`. */
  readonly next?: Uint8Array | undefined;
  /** Number of messages of the session that have arrived at this end; absent for a new session. Only with the feature `resume`. */
  readonly received?: number | undefined;
  /** Bytes that this end keeps until the other one has received them. Only with the feature `resume`. */
  readonly buffer?: number | undefined;
  readonly limits: AnnouncedLimits;
  /** Features of this end beyond the base protocol, for instance `deflate`. */
  readonly features: readonly string[];
  /** Random id that tells two runs of a program apart. */
  readonly instance: string | undefined;
  /** Time at which the node was created, in milliseconds since 1970. For display only: clocks differ. */
  readonly started: number | undefined;
  /** Description by the program, for instance its zone, version and labels. */
  readonly metadata: NodeMetadata | undefined;
  /** Milliseconds until the identity that this end has given to the other expires; absent for no end. */
  readonly expiresInMs: number | undefined;
  /** `name@version` of each exposed service. */
  readonly services: readonly string[];
  /** Definitions of the services with handles from 1 on, not parsed yet. */
  readonly offers: readonly unknown[] | undefined;
  /** Credentials for `authenticate` of the other end. Only from clients. */
  readonly credentials: unknown;
}

const helloLimits: Limits = { ...baseLimits, message: helloLimit, elements: 8192 };
const nothing = new Uint8Array(0);

/** Returns a reader for messages of unauthenticated peers, one at a time. */
export function helloReader(values: ExtendedValues | undefined): Reader {
  return Object.assign(new Reader(helloLimits), { values });
}

/** The members of the node that sending a hello uses. */
export interface GreetingNode {
  readonly buffers: BufferSource;
  /** Support for further value types in credentials. */
  readonly values: ExtendedValues | undefined;
}

/** Sends the hello of this end. */
export function sendHello(connection: Connection, hello: Hello, { buffers, values }: GreetingNode): void {
  const writer = new Writer(0, helloLimits);
  writer.buffers = buffers;
  writer.values = values;
  // It is not known yet which value types the other end supports.
  writer.features = 0;
  // The present fields, in the order of `ownHello`.
  const body: Record<string, unknown> = {};
  for (const name in hello) if (hello[name as keyof Hello] !== undefined) body[name] = hello[name as keyof Hello];
  writeHello(writer, protocolVersion, body);
  connection.send(copyOf(writer.buffer, 0, writer.position));
  buffers.give(writer.buffer);
}

/** Tells the other end why the connection is about to close. */
export function sendGoodbye(connection: Connection, error: NetronError): void {
  const writer = new Writer(256);
  writer.features = 0;
  writeGoodbye(writer, {
    code: error.code,
    reason: error.message.slice(0, longestReason),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  });
  connection.send(writer.buffer.slice(0, writer.position));
}

/** The other end has sent goodbye instead of hello. */
export class Refusal extends Error {
  readonly error: NetronError;

  constructor(error: NetronError) {
    super(error.message);
    this.error = error;
  }
}

/** @throws Refusal for a goodbye; NetronError `resource_exhausted`, `invalid_argument`, `failed_precondition` for an invalid hello */
export function readHello(reader: Reader, bytes: Uint8Array): Hello {
  if (bytes.length > helloLimit)
    throw new NetronError('resource_exhausted', `a first message of ${bytes.length} bytes exceeds ${helloLimit}`);
  let hello: Hello | undefined;
  try {
    reader.load(bytes);
    readGreeting(reader, {
      hello(version, body) {
        if (version !== protocolVersion) {
          throw new NetronError('failed_precondition', `unsupported protocol version ${version}, expected ${protocolVersion}`);
        }
        hello = helloOf(body);
      },
      goodbye(code, reason, retryAfterMs) {
        throw new Refusal(new NetronError(code, reason, retryAfterMs === undefined ? {} : { retryAfterMs }));
      },
    });
  } finally {
    reader.load(nothing); // credentials are not retained
  }
  return hello as unknown as Hello;
}

function helloOf(body: unknown): Hello {
  if (typeof body !== 'object' || body === null) throw new NetronError('invalid_argument', 'hello is not a map');
  const hello = body as Readonly<Record<string, unknown>>;
  const { id, ordinal, instance, metadata, offers } = hello;
  if (typeof id !== 'string' || id.length === 0 || id.length > 128)
    throw new NetronError('invalid_argument', 'hello has no valid id');
  return {
    id,
    ordinal: typeof ordinal === 'number' && Number.isSafeInteger(ordinal) && ordinal > 0 ? ordinal : 1,
    session: secretOf(hello.session),
    next: secretOf(hello.next),
    // An invalid count becomes NaN, which is refused with an explanation.
    received: hello.received === undefined ? undefined : (countOf(hello.received) ?? Number.NaN),
    buffer: countOf(hello.buffer),
    instance: typeof instance === 'string' && instance.length > 0 && instance.length <= 128 ? instance : undefined,
    started: timeOf(hello.started),
    metadata: isPlain(metadata) ? metadata : undefined,
    expiresInMs: timeOf(hello.expiresInMs),
    limits: readLimits(hello.limits),
    features: strings(hello.features),
    services: strings(hello.services),
    offers: Array.isArray(offers) ? offers : undefined,
    credentials: hello.credentials,
  };
}

function secretOf(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array && value.length === 16 ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function isPlain(value: unknown): value is NodeMetadata {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}
