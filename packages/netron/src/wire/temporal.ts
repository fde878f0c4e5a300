import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

interface TemporalType {
  from(text: string): object;
}

/** Types by the byte on the wire, which is the index in this list plus 1. */
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

/** Most characters of a text that is read; names of calendars and time zones are bounded in length. */
const longest = 256;

/** Looked up on each use, since a polyfill may have been loaded in between. */
function temporalTypes(): Readonly<Record<string, TemporalType>> | undefined {
  return (globalThis as { Temporal?: Record<string, TemporalType> }).Temporal;
}

/** Returns the value for `text`; `undefined` when this runtime does not support it. Both ends accept the same texts. */
function parse(kind: number, text: string): object | undefined {
  const name = names[kind - 1];
  // A second 60 would be read as 59.
  if (name === undefined || text.length > longest || text.includes(':60')) return undefined;
  try {
    return temporalTypes()?.[name]?.from(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the ISO text of a Temporal value.
 *
 * @param kind as returned by `temporalKind`
 * @throws Unwritable when the value is not valid, whatever it claims
 */
export function textOfTemporal(value: object, kind: number): string {
  const text = String(value);
  if (parse(kind, text) === undefined) throw new Unwritable('invalid_argument', `is not a valid Temporal.${names[kind - 1]}`);
  return text;
}

/**
 * Writes a value of a Temporal type as its kind and ISO text.
 *
 * @returns whether it was one
 */
export function writeTemporal(writer: Writer, value: object): boolean {
  const kind = temporalKind(value);
  if (kind === 0) return false;
  writer.need(valueFeatures.temporal, `is a Temporal.${names[kind - 1]}`);
  const text = textOfTemporal(value, kind);
  writer.spend(costs.temporal);
  const start = writer.beginExtension(extensionTypes.temporal);
  writer.u8(kind);
  writer.string(text);
  writer.endExtension(start);
  return true;
}

/** Returns the number of a Temporal value's type, from 1; 0 for anything else. */
export function temporalKind(value: object): number {
  const types = temporalTypes();
  const tag: unknown = types === undefined ? undefined : (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof tag !== 'string' || !tag.startsWith('Temporal.')) return 0;
  return names.indexOf(tag.slice(9) as (typeof names)[number]) + 1;
}

/** Reads the extension's body. When only this runtime lacks the type or the time zone, the single value is refused. */
export function readTemporal(reader: Reader): object | undefined {
  reader.spend(costs.temporal);
  const kind = reader.u8();
  const text = reader.string();
  const name = names[kind - 1];
  if (name === undefined || text.length > longest) throw malformed('a date or time of an unknown kind');
  return parse(kind, text) ?? reader.refuse(`a Temporal.${name}, which this runtime does not support`);
}

/**
 * Reads a Temporal value.
 *
 * @param kind as returned by `temporalKind`
 * @throws NetronError `invalid_argument` when kind or text is not valid, or the runtime lacks the type
 */
export function parseTemporal(kind: number, text: string): object {
  const value = parse(kind, text);
  if (value === undefined) throw malformed('a date or time that is invalid, or not supported by this runtime');
  return value;
}
