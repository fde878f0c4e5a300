/** Decodes messages for tools that inspect the wire: loggers, recorders, debuggers. */
import { ErrorRegistry } from '../errors/error-registry.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import { readPackets } from './all-packets.js';
import type { CallHeader } from './call-header.js';
import { handleTypes } from './handles.js';
import { type Limits, maxLimits } from './limits.js';
import { flags, kinds } from './packet-kinds.js';
import type { PacketSink } from './packet-sink.js';
import type { PartStart } from './packet-writer.js';
import { Reader } from './reader.js';
import { RichValues } from './rich-values.js';
import { readValue } from './value-reader.js';
import type { ValueTypes } from './value-types.js';

/** A reference, stream or blob in a message: its number and description, without the object itself. */
export class WireHandle {
  readonly type: keyof typeof handleTypes;
  /** The values of the extension, in the order of the protocol. */
  readonly content: readonly unknown[];

  constructor(type: keyof typeof handleTypes, content: readonly unknown[]) {
    this.type = type;
    this.content = content;
  }
}

/** One packet, with its fields by name. */
export type DecodedPacket =
  | { readonly kind: 'hello'; readonly version: number; readonly body: unknown }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly handle: number;
      readonly member: number;
      readonly flags: number;
      readonly header: CallHeader | undefined;
      readonly args: readonly unknown[];
    }
  | {
      readonly kind: 'pipe';
      readonly id: number;
      readonly source: number;
      readonly path: readonly string[];
      readonly flags: number;
      readonly header: CallHeader | undefined;
      readonly args: readonly unknown[] | undefined;
    }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  /** `notRun`: the method did not start. `doubted`: the outcome is unknown. */
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly error: Error;
      readonly notRun: boolean;
      readonly doubted: boolean;
    }
  | { readonly kind: 'cancel' | 'drop'; readonly id: number }
  | { readonly kind: 'item'; readonly stream: number; readonly value: unknown; readonly size: number }
  | { readonly kind: 'bytes'; readonly stream: number; readonly chunk: Uint8Array }
  | { readonly kind: 'raw'; readonly stream: number; readonly length: number }
  /** `value`: return value of the producer's generator. */
  | { readonly kind: 'end'; readonly stream: number; readonly value: unknown }
  | { readonly kind: 'stop'; readonly stream: number }
  | { readonly kind: 'fail'; readonly stream: number; readonly error: Error }
  | { readonly kind: 'credit'; readonly stream: number; readonly bytes: number }
  | { readonly kind: 'event'; readonly subscription: number; readonly name: string | undefined; readonly data: unknown }
  | { readonly kind: 'release'; readonly handle: number; readonly count: number }
  | { readonly kind: 'ping' | 'pong'; readonly number: number }
  | { readonly kind: 'services'; readonly added: readonly string[]; readonly removed: readonly string[] }
  | { readonly kind: 'goodbye'; readonly code: string; readonly reason: string; readonly retryAfterMs: number | undefined }
  /** Number of messages of a session that have arrived. */
  | { readonly kind: 'ack'; readonly count: number }
  /** A packet of a later version. */
  | { readonly kind: 'unknown'; readonly number: number }
  /** A part of a longer message; `start` is set for the first one. */
  | { readonly kind: 'part'; readonly number: number; readonly start: PartStart | undefined; readonly bytes: Uint8Array }
  /** A message that is compressed as a whole. */
  | { readonly kind: 'compressed'; readonly length: number; readonly bytes: Uint8Array };

/** Options of decoding. */
export interface DecodeOptions {
  /** Limits on what is read. Default: the highest that any node accepts. */
  readonly limits?: Readonly<Limits>;
  /** Known classes of values. Default: none; instances decode as `undefined`. */
  readonly types?: ValueTypes;
}

const decoding: Limits = {
  message: maxLimits.message as number,
  elements: 4 * 1024 * 1024,
  depth: maxLimits.depth as number,
  calls: 1,
  streams: 1,
  subscriptions: 1,
  handles: 1,
  window: 1,
};

const optionNames: OptionNames<DecodeOptions> = { limits: true, types: true };

const names = Object.keys(handleTypes) as (keyof typeof handleTypes)[];

/**
 * Decodes one message into its packets. This has no side effects: references and streams in it become `WireHandle`s. Messages that follow
 * one with `raw` packets are chunks of streams, not packets.
 *
 * @throws TypeError for unknown options
 * @throws NetronError `invalid_argument` when the bytes are not packets, `resource_exhausted` when a limit is exceeded
 * @example
 * ```ts
 * for (const packet of decodeMessage(bytes)) if (packet.kind === 'call') console.log(packet.id, packet.args);
 * ```
 */
export function decodeMessage(bytes: Uint8Array, options: DecodeOptions = {}): DecodedPacket[] {
  onlyOptions('decodeMessage', options, optionNames);
  const { limits = decoding, types } = options;
  const packets: DecodedPacket[] = [];
  const reader = new Reader(limits);
  reader.errors = new ErrorRegistry();
  reader.values = new RichValues(types);
  reader.handles = {
    decode(type, { end }) {
      const content: unknown[] = [];
      while (reader.position < end) content.push(readValue(reader));
      return new WireHandle(names.find((name) => handleTypes[name] === type) ?? 'reference', content);
    },
    refuse() {},
  };
  reader.load(bytes);
  if (bytes[0] === kinds.compressed) {
    reader.position = 1;
    const length = reader.varint();
    return [{ kind: 'compressed', length, bytes: bytes.subarray(reader.position) }];
  }
  if (bytes[0] === kinds.part || bytes[0] === (kinds.part | flags.first)) return [decodePart(reader)];
  readPackets(reader, collector(packets));
  return packets;
}

function decodePart(reader: Reader): DecodedPacket {
  const first = reader.u8();
  const number = reader.varint();
  const start = first === kinds.part ? undefined : { length: reader.varint(), first: reader.u8(), number: reader.varint() };
  return { kind: 'part', number, start, bytes: reader.bytes.subarray(reader.position) };
}

function collector(packets: DecodedPacket[]): PacketSink {
  const add = (packet: DecodedPacket): void => {
    packets.push(packet);
  };
  return {
    hello: (version, body) => add({ kind: 'hello', version, body }),
    call: (id, handle, member, flags, header, args) => add({ kind: 'call', id, handle, member, flags, header, args }),
    pipe: (id, source, path, flags, header, args) => add({ kind: 'pipe', id, source, path, flags, header, args }),
    result: (id, value) => add({ kind: 'result', id, value }),
    error: (id, error, notRun = false, doubted = false) => add({ kind: 'error', id, error, notRun, doubted }),
    cancel: (id) => add({ kind: 'cancel', id }),
    drop: (id) => add({ kind: 'drop', id }),
    item: (stream, value, size) => add({ kind: 'item', stream, value, size }),
    bytes: (stream, chunk) => add({ kind: 'bytes', stream, chunk }),
    raw: (stream, length) => add({ kind: 'raw', stream, length }),
    end: (stream, value) => add({ kind: 'end', stream, value }),
    fail: (stream, error) => add({ kind: 'fail', stream, error }),
    credit: (stream, count) => add({ kind: 'credit', stream, bytes: count }),
    stop: (stream) => add({ kind: 'stop', stream }),
    event: (subscription, name, data) => add({ kind: 'event', subscription, name, data }),
    release: (handle, count) => add({ kind: 'release', handle, count }),
    ping: (number) => add({ kind: 'ping', number }),
    pong: (number) => add({ kind: 'pong', number }),
    services: (added, removed) => add({ kind: 'services', added, removed }),
    goodbye: (code, reason, retryAfterMs) => add({ kind: 'goodbye', code, reason, retryAfterMs }),
    ack: (count) => add({ kind: 'ack', count }),
    unknown: (number) => add({ kind: 'unknown', number }),
  };
}
