/** Compresses whole messages. Used only after both ends have listed it among the features of their `hello`. */
export interface Compressor {
  /** Name of the feature in `hello`, for instance `deflate`. */
  readonly name: string;
  /** Size of the smallest message that is compressed, in bytes. */
  readonly threshold: number;
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * @param maxBytes maximum size of the result; no memory beyond it is ever allocated
   * @throws NetronError `resource_exhausted`, with 1009 as `closeCode` in its details, when the result would be longer;
   *   `invalid_argument` when `bytes` is not a result of `compress`
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}
