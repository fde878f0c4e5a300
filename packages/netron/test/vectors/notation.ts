/** Between values and the JSON notation of the vector files, which docs/protocol.md describes. */
import { readFileSync } from 'node:fs';
import type { ErrorCodec, WireError } from '../../src/errors/wire-error.js';
import type { HandleDecoder, HandleEncoder } from '../../src/wire/handles.js';
import { type Reader } from '../../src/wire/reader.js';
import { readValue } from '../../src/wire/value-reader.js';
import { ValueTypes } from '../../src/wire/value-types.js';
import { writeValue } from '../../src/wire/value-writer.js';
import type { Writer } from '../../src/wire/writer.js';

/** One line of a vector file. */
export interface Vector {
  readonly description: string;
  /** Two digits per byte; `(c0){3}` stands for three times `c0`. */
  readonly hex: string;
}

/** A file of values. */
export interface ValueVectors {
  readonly accepted: readonly (Vector & { readonly value: unknown; readonly elements: number; readonly foreign?: true })[];
  readonly rejected: readonly (Vector & { readonly code: string })[];
}

/** A file of messages. */
export interface PacketVectors {
  readonly accepted: readonly (Vector & { readonly packets: readonly (readonly unknown[])[]; readonly foreign?: true })[];
  readonly rejected: readonly (Vector & { readonly code: string })[];
}

export function load<File>(name: 'values' | 'packets' | 'parts' | 'session'): File {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'), expand) as File;
}

/** Long texts, arrays and bytes are written short in the files. */
function expand(key: string, value: unknown): unknown {
  if (key === '$bytes') return hexOf(fromHex(value as string));
  if (typeof value !== 'object' || value === null || !isTag(value)) return value;
  const { $repeat: text, $fill: list } = value as { $repeat?: [string, number]; $fill?: [unknown, number] };
  if (text !== undefined) return text[0].repeat(text[1]);
  if (list !== undefined) return new Array(list[1]).fill(list[0]);
  return value;
}

export function fromHex(hex: string): Buffer {
  return Buffer.from(
    hex.replaceAll(/\(([0-9a-f]+)\)\{(\d+)\}/g, (_, digits: string, times: string) => digits.repeat(Number(times))),
    'hex',
  );
}

/** A value that lives on a connection, as far as the codec knows it. Type 16 is decoded as a function. */
export class Handle {
  readonly type: number;
  readonly body: readonly unknown[];

  constructor(type: number, body: readonly unknown[]) {
    this.type = type;
    this.body = body;
  }
}

type Callable = (() => void) & { handle: Handle };

function handleOf(value: unknown): Handle | undefined {
  return value instanceof Handle ? value : typeof value === 'function' ? (value as Callable).handle : undefined;
}

export const handles: HandleEncoder<Writer> & HandleDecoder<Reader> = {
  encode(value: object, writer: Writer): boolean {
    const handle = handleOf(value);
    if (handle === undefined) return false;
    writer.extension(handle.type, () => {
      for (const part of handle.body) writeValue(writer, part);
    });
    return true;
  },
  owns: () => false,
  decode(type: number, reader: Reader): unknown {
    const body: unknown[] = [];
    while (reader.position < reader.end) body.push(readValue(reader));
    const handle = new Handle(type, body);
    return type === 16 ? Object.assign(() => {}, { handle }) : handle;
  },
};

/** The class of the vectors that is registered, as `Golden`. */
export class Golden {
  readonly data: unknown;

  constructor(data: unknown) {
    this.data = data;
  }
}

export const types = new ValueTypes();
types.register(Golden, { encode: ({ data }) => data, decode: (data) => new Golden(data) });

class VectorError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.message);
    this.wire = wire;
  }
}

export const errors: ErrorCodec = {
  encode: (error) => (error as VectorError).wire,
  decode: (wire) => new VectorError(wire),
};

const isTag = (value: object) => Object.keys(value).length === 1 && Object.keys(value)[0]!.startsWith('$');

export function toNotation(value: unknown): unknown {
  if (value === undefined) return { $undefined: true };
  if (typeof value === 'bigint') return { $bigint: `${value}` };
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $float: Object.is(value, -0) ? '-0' : `${value}` };
  const handle = handleOf(value);
  if (handle !== undefined) return { $handle: [handle.type, ...handle.body.map(toNotation)] };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return Array.from(value, (element, index) => (index in value ? toNotation(element) : { $hole: true }));
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (value instanceof Map) return { $map: [...value].map(([key, entry]) => [toNotation(key), toNotation(entry)]) };
  if (value instanceof Set) return { $set: [...value].map(toNotation) };
  if (value instanceof URL) return { $url: value.href };
  if (value instanceof RegExp) return { $regexp: [value.source, value.flags] };
  if (value instanceof URLSearchParams) return { $params: [...value].flat() };
  if (value instanceof Headers) return { $headers: [...value].flat() };
  if (value instanceof Golden) return { $golden: toNotation(value.data) };
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt)
    return { $boxed: toNotation(value.valueOf()) };
  if (value instanceof VectorError) return { $error: errorNotation(value.wire) };
  if (value instanceof Uint8Array) return { $bytes: hexOf(value) };
  if (value instanceof ArrayBuffer) return { $array: ['ArrayBuffer', hexOf(new Uint8Array(value))] };
  if (ArrayBuffer.isView(value)) {
    return { $array: [value.constructor.name, hexOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))] };
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag.startsWith('Temporal.')) return { $temporal: [tag.slice(9), String(value)] };
  const record = Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toNotation(entry)]));
  return isTag(record) ? { $record: record } : record;
}

function errorNotation(wire: WireError): unknown {
  const { fields, cause } = wire;
  return { ...wire, ...(fields && { fields: toNotation(fields) }), ...(cause && { cause: errorNotation(cause) }) };
}

function errorFrom(notation: WireError): WireError {
  const { fields, cause } = notation;
  return {
    ...notation,
    ...(fields && { fields: fromNotation(fields) as Record<string, unknown> }),
    ...(cause && { cause: errorFrom(cause) }),
  };
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const tags: Record<string, (content: never) => unknown> = {
  $undefined: () => undefined,
  $bigint: (text: string) => BigInt(text),
  $float: (text: string) => Number(text),
  $handle: ([type, ...body]: [number, ...unknown[]]) => {
    const handle = new Handle(type, body.map(fromNotation));
    return type === 16 ? Object.assign(() => {}, { handle }) : handle;
  },
  $date: (text: string | null) => new Date(text ?? Number.NaN),
  $map: (entries: [unknown, unknown][]) => new Map(entries.map(([key, entry]) => [fromNotation(key), fromNotation(entry)])),
  $set: (elements: unknown[]) => new Set(elements.map(fromNotation)),
  $url: (text: string) => new URL(text),
  $regexp: ([source, flags]: [string, string]) => new RegExp(source, flags),
  $params: (texts: string[]) => new URLSearchParams(pairsOf(texts)),
  $headers: (texts: string[]) => new Headers(pairsOf(texts)),
  $boxed: (primitive: unknown) => Object(fromNotation(primitive)),
  $golden: (data: unknown) => new Golden(fromNotation(data)),
  $error: (wire: WireError) => new VectorError(errorFrom(wire)),
  $bytes: (hex: string) => Buffer.from(hex, 'hex'),
  $array: ([name, hex]: [string, string]) => {
    const { buffer } = new Uint8Array(Buffer.from(hex, 'hex'));
    if (name === 'ArrayBuffer') return buffer;
    const { [name]: View } = globalThis as unknown as Record<string, new (buffer: ArrayBuffer) => unknown>;
    return new View!(buffer);
  },
  $temporal: ([name, text]: [string, string]) => {
    const { Temporal } = globalThis as unknown as { Temporal: Record<string, { from(text: string): unknown }> };
    return Temporal[name]!.from(text);
  },
  $record: (record: Record<string, unknown>) => recordFrom(record),
};

function pairsOf(texts: readonly string[]): [string, string][] {
  return texts.flatMap((text, index) => (index % 2 === 0 ? [[text, texts[index + 1] as string] as [string, string]] : []));
}

function listFrom(list: readonly unknown[]): unknown[] {
  const array: unknown[] = new Array(list.length);
  for (const [index, element] of list.entries()) if (!isHole(element)) array[index] = fromNotation(element);
  return array;
}

function isHole(element: unknown): boolean {
  return typeof element === 'object' && element !== null && '$hole' in element;
}

function recordFrom(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, entry]) => [key, fromNotation(entry)]));
}

export function fromNotation(notation: unknown): unknown {
  if (typeof notation !== 'object' || notation === null) return notation;
  if (Array.isArray(notation)) return listFrom(notation);
  if (!isTag(notation)) return recordFrom(notation as Record<string, unknown>);
  const [[tag, content]] = Object.entries(notation) as [[string, never]];
  return tags[tag]!(content);
}

/** Places of what came with the values of a packet, behind its fields. */
const receivedAt: Readonly<Record<string, number>> = { call: 6, pipe: 6, result: 2, item: 3, end: 2, event: 3 };

/** Returns the fields of a packet as a sink gets them, without what came with their values. */
export function fieldsOf(kind: string, given: readonly unknown[]): readonly unknown[] {
  return given.slice(0, receivedAt[kind]);
}
