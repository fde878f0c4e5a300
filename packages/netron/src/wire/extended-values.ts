/**
 * Value types beyond the plain ones: all but `undefined`, `null`, booleans, numbers, well-formed strings, arrays, plain objects, dates,
 * `Uint8Array` and errors. An end without them refuses only the single value.
 */

import { needs } from '../errors/missing-part.js';
import { Unwritable } from './unwritable.js';

/** Encodes them for a writer. */
export interface ValueEncoder<Writer> {
  /** Writes an instance of a registered class. @returns whether it was one */
  writeRegistered(writer: Writer, object: object): boolean;
  /** Writes any other object with its own prototype, or reports why it cannot be sent. */
  writeInstance(writer: Writer, object: object, prototype: object): void;
  writeBigInt(writer: Writer, value: bigint): void;
  /** Writes a string with unpaired surrogates. */
  writeCutText(writer: Writer, text: string): void;
  /** Writes the number of a container that occurs earlier in the value. @returns whether it does */
  writeKnown(writer: Writer, container: object): boolean;
}

/** Decodes them for a reader. */
export interface ValueDecoder<Reader> {
  /** Returns the features to announce in the hello for the types that are read here. */
  features(): readonly string[];
  /** Reads the body of an extension completely. */
  read(reader: Reader, type: number): unknown;
  /** Reads the eight bytes of a 64-bit integer. */
  readInteger64(reader: Reader, signed: boolean): bigint;
  /** Reads a string of `size` bytes of UTF-16. */
  readCutText(reader: Reader, size: number): string;
}

/** Returns the reason why a value cannot be sent by an end without its type. */
export function needsValues(what: string): Unwritable {
  return new Unwritable('failed_precondition', `${what}, which requires ${needs('values')}`);
}
