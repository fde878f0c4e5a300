import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

interface TemporalType {
  from(text: string): object;
}

/** The byte that says which type follows is the position in this list plus 1. */
const names = [
  'Instant',
  'ZonedDateTime',
  'PlainDate',
  'PlainTime',
  'PlainDateTime',
  'PlainYearMonth',
  'PlainMonthDay',
  'Duration',
] as const;

/** Characters of the longest text read; calendars and time zones have names of bounded length. */
const longest = 256;

/** Looked up at each use, since a polyfill may have been loaded in between. */
function temporalTypes(): Readonly<Record<string, TemporalType>> | undefined {
  return (globalThis as { Temporal?: Record<string, TemporalType> }).Temporal;
}

/**
 * Writes a value of one of the Temporal types as its kind and ISO text.
 *
 * @returns whether it was one
 */
export function writeTemporal(writer: Writer, value: object): boolean {
  const kind = temporalKind(value);
  if (kind === 0) return false;
  writer.spend(costs.temporal);
  const start = writer.beginExtension(extensionTypes.temporal);
  writer.u8(kind);
  writer.string(String(value));
  writer.endExtension(start);
  return true;
}

/** The number of a Temporal value's type, from 1; 0 for anything else. */
export function temporalKind(value: object): number {
  const types = temporalTypes();
  const tag: unknown = types === undefined ? undefined : (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof tag !== 'string' || !tag.startsWith('Temporal.')) return 0;
  return names.indexOf(tag.slice(9) as (typeof names)[number]) + 1;
}

/** Reads the extension's body. */
export function readTemporal(reader: Reader): object {
  reader.spend(costs.temporal);
  const kind = reader.u8();
  return parseTemporal(kind, reader.string());
}

/**
 * Reads a Temporal value.
 *
 * @param kind as `temporalKind` gives it
 * @throws NetronError `invalid_argument` when kind or text is not one, or the runtime lacks the type
 */
export function parseTemporal(kind: number, text: string): object {
  const name = names[kind - 1];
  if (name === undefined || text.length > longest) throw malformed('a date or time of an unknown kind');
  const type = temporalTypes()?.[name];
  if (type === undefined) throw malformed(`a Temporal.${name}, which this runtime does not have`);
  try {
    return type.from(text);
  } catch {
    throw malformed(`a Temporal.${name} that is not one`);
  }
}
