/** The first message of each end: what it says of itself, or why it ends the connection. Read before anybody is let in. */
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

/** Description that one end gives of itself. */
export interface Hello {
  /** The node's id. */
  readonly id: string;
  /** 1, or more when the same node has connected to the same address several times. */
  readonly ordinal: number;
  /** Says who is back after a lost connection: a secret that only the two ends know. */
  readonly session: Uint8Array | undefined;
  /** Secret that takes the place of `session` with the first message that follows. Only with the feature `resume`. */
  readonly next?: Uint8Array | undefined;
  /** Messages of the session that have arrived at this end; absent for a session that begins. Only with the feature `resume`. */
  readonly received?: number | undefined;
  /** Bytes that this end keeps until the other one has them. Only with the feature `resume`. */
  readonly buffer?: number | undefined;
  readonly limits: AnnouncedLimits;
  /** Features of this end besides the protocol's base, for instance `deflate`. */
  readonly features: readonly string[];
  /** Random; tells two runs of a program with one id apart. */
  readonly instance: string | undefined;
  /** When the node was made, in milliseconds since 1970. For people: clocks differ. */
  readonly started: number | undefined;
  /** Description by the program, for instance its zone, version and labels. */
  readonly metadata: NodeMetadata | undefined;
  /** Milliseconds until the identity ends that this end has given to the other; absent for no end. */
  readonly expiresInMs: number | undefined;
  /** `name@version` of each exposed service. */
  readonly services: readonly string[];
  /** Definitions of services that have the handles from 1 on, not read yet. */
  readonly offers: readonly unknown[] | undefined;
  /** Credentials for the other end's `authenticate`. Clients only. */
  readonly credentials: unknown;
}

const helloLimits: Limits = { ...baseLimits, message: helloLimit, elements: 8192 };
const nothing = new Uint8Array(0);

/** Reads what strangers say, one message at a time. */
export function helloReader(values: ExtendedValues | undefined): Reader {
  return Object.assign(new Reader(helloLimits), { values });
}

/** Members of the node that send its hello. */
export interface GreetingNode {
  readonly buffers: BufferSource;
  /** Values besides plain ones that credentials may hold. */
  readonly values: ExtendedValues | undefined;
}

/** Sends the hello of this end. */
export function sendHello(connection: Connection, hello: Hello, { buffers, values }: GreetingNode): void {
  const writer = new Writer(0, helloLimits);
  writer.buffers = buffers;
  writer.values = values;
  // Nothing is known of what the other end reads.
  writer.features = 0;
  // What there is, in the order that `ownHello` gives it.
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

/** The other end has said goodbye instead of hello. */
export class Refusal extends Error {
  readonly error: NetronError;

  constructor(error: NetronError) {
    super(error.message);
    this.error = error;
  }
}

/** @throws Refusal for a goodbye; NetronError `resource_exhausted`, `invalid_argument`, `failed_precondition` for no hello */
export function readHello(reader: Reader, bytes: Uint8Array): Hello {
  if (bytes.length > helloLimit)
    throw new NetronError('resource_exhausted', `a first message of ${bytes.length} bytes exceeds ${helloLimit}`);
  let hello: Hello | undefined;
  try {
    reader.load(bytes);
    readGreeting(reader, {
      hello(version, body) {
        if (version !== protocolVersion) {
          throw new NetronError('failed_precondition', `protocol version ${version} is not spoken here, only ${protocolVersion}`);
        }
        hello = helloOf(body);
      },
      goodbye(code, reason, retryAfterMs) {
        throw new Refusal(new NetronError(code, reason, retryAfterMs === undefined ? {} : { retryAfterMs }));
      },
    });
  } finally {
    reader.load(nothing); // credentials are not kept
  }
  return hello as unknown as Hello;
}

function helloOf(body: unknown): Hello {
  if (typeof body !== 'object' || body === null) throw new NetronError('invalid_argument', 'hello is no map');
  const hello = body as Readonly<Record<string, unknown>>;
  const { id, ordinal, instance, metadata, offers } = hello;
  if (typeof id !== 'string' || id.length === 0 || id.length > 128)
    throw new NetronError('invalid_argument', 'hello has no usable id');
  return {
    id,
    ordinal: typeof ordinal === 'number' && Number.isSafeInteger(ordinal) && ordinal > 0 ? ordinal : 1,
    session: secretOf(hello.session),
    next: secretOf(hello.next),
    // What is none is refused as one that cannot be, and told so.
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
