import type { NetronError } from '../errors/netron-error.js';

/** Extension types of values that live on a connection. Their bodies are MessagePack values, defined by their owner. */
export const handleTypes = { reference: 16, stream: 17, blob: 18, own: 19, result: 21 } as const;

/** Writes values that stay where they are and travel as a number: functions, service objects, streams, blobs. */
export interface HandleEncoder<Writer> {
  /**
   * Asked for every function, and for every object that is not plain data: neither an array, nor an object whose prototype is
   * `Object.prototype` or `null`, nor one of the built-in value types.
   *
   * @param holder the plain object that a function is a field of
   * @returns `true` when it has written the value, by `writer.extension` or `writer.beginExtension`; `false` without having
   *   written anything when the value is not one of its own
   */
  encode(value: object, writer: Writer, holder?: object): boolean;
  /** Asked for plain objects that have methods: whether such an object is one of those that `encode` writes. */
  owns(value: object): boolean;
  /** Takes back what was written from `position` on: no handle stays behind. */
  retract?(position: number): void;
}

/** Reads what a `HandleEncoder` wrote. */
export interface HandleDecoder<Reader> {
  /**
   * @param type one of `handleTypes`
   * @param reader stands at the body, which ends at `reader.end`; all of it has to be read
   * @throws NetronError `invalid_argument` when the body is not what the type says
   */
  decode(type: number, reader: Reader): unknown;
  /** Hears why a value in the packet being read cannot be had here, although it is well formed. */
  refuse?(failure: NetronError, reader: Reader): undefined;
}
