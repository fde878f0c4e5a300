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
  const types = temporalTypes();
  const tag: unknown = types === undefined ? undefined : (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (types === undefined || typeof tag !== 'string' || !tag.startsWith('Temporal.')) return false;
  const kind = names.indexOf(tag.slice(9) as (typeof names)[number]) + 1;
  if (kind === 0) return false;
  writer.spend(costs.temporal);
  const start = writer.beginExtension(extensionTypes.temporal);
  writer.u8(kind);
  writer.string(String(value));
  writer.endExtension(start);
  return true;
}

/** Reads the extension's body. */
export function readTemporal(reader: Reader): object {
  reader.spend(costs.temporal);
  const name = names[reader.u8() - 1];
  const text = reader.string();
  if (name === undefined || text.length > longest) throw malformed('a date or time of an unknown kind');
  const type = temporalTypes()?.[name];
  if (type === undefined) throw malformed(`a Temporal.${name}, which this runtime does not have`);
  try {
    return type.from(text);
  } catch {
    throw malformed(`a Temporal.${name} that is not one`);
  }
}
