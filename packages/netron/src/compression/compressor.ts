/** Makes whole messages smaller. Both ends have to name it in the features of their `hello`; never used before that. */
export interface Compressor {
  /** The feature in `hello`, for instance `deflate`. */
  readonly name: string;
  /** Bytes of the smallest message worth the effort. */
  readonly threshold: number;
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * @param maxBytes what the result may have at most; nothing beyond is ever allocated (A13)
   * @throws NetronError `resource_exhausted`, with 1009 as `closeCode` in its details, when the result would be longer;
   *   `invalid_argument` when `bytes` are not what `compress` returns
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}
