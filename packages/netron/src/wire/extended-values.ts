/**
 * Values besides plain ones: all but `undefined`, `null`, booleans, numbers, well-formed strings, arrays, plain objects, dates,
 * `Uint8Array` and errors. Ends without them refuse such a value by itself.
 */

import { needs } from '../errors/missing-part.js';
import { Unwritable } from './unwritable.js';

/** Writes them, for a writer. */
export interface ValueEncoder<Writer> {
  /** Writes an instance of a registered class. @returns whether it was one */
  writeRegistered(writer: Writer, object: object): boolean;
  /** Writes any other object with a prototype of its own, or says why it cannot be sent. */
  writeInstance(writer: Writer, object: object, prototype: object): void;
  writeBigInt(writer: Writer, value: bigint): void;
  /** A string with surrogates that lack their pair. */
  writeCutText(writer: Writer, text: string): void;
  /** Writes the number of a container that stands in the value already. @returns whether it does */
  writeKnown(writer: Writer, container: object): boolean;
}

/** Reads them, for a reader. */
export interface ValueDecoder<Reader> {
  /** Names for hello of what is read here besides the base of the protocol. */
  features(): readonly string[];
  /** Reads the body of an extension, to its end. */
  read(reader: Reader, type: number): unknown;
  /** Reads the eight bytes of a 64-bit integer. */
  readInteger64(reader: Reader, signed: boolean): bigint;
  /** Reads a string of `size` bytes of UTF-16. */
  readCutText(reader: Reader, size: number): string;
}

/** Returns the reason why a value cannot be sent for which this end has no form. */
export function needsValues(what: string): Unwritable {
  return new Unwritable('failed_precondition', `${what}, which needs ${needs('values')}`);
}
