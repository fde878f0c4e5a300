import type { NetronError } from '../errors/netron-error.js';

/** Extension types of values that belong to a connection. Their bodies are MessagePack values, defined by the code that handles them. */
export const handleTypes = { reference: 16, stream: 17, blob: 18, own: 19, result: 21 } as const;

/** Writes values that stay at this end and are sent as a number: functions, service objects, streams, blobs. */
export interface HandleEncoder<Writer> {
  /**
   * Called for every function, and for every object that is not plain data: neither an array, nor an object whose prototype is
   * `Object.prototype` or `null`, nor one of the built-in value types.
   *
   * @param holder the plain object that has the function as a property
   * @returns `true` when it has written the value, by `writer.extension` or `writer.beginExtension`; `false`, with nothing written, when
   *   the value is not one of its own
   */
  encode(value: object, writer: Writer, holder?: object): boolean;
  /** Called for plain objects with methods: whether `encode` writes such an object. */
  owns(value: object): boolean;
  /** Undoes everything written from `position` on: no handle remains. */
  retract?(position: number): void;
}

/** Reads the output of a `HandleEncoder`. */
export interface HandleDecoder<Reader> {
  /**
   * @param type one of `handleTypes`
   * @param reader positioned at the body, which ends at `reader.end` and must be read completely
   * @throws NetronError `invalid_argument` when the body does not match the type
   */
  decode(type: number, reader: Reader): unknown;
  /** Notes why a value in the packet being read cannot be received here, although it is well formed. */
  refuse?(failure: NetronError, reader: Reader): undefined;
}
