import type { Compressor } from '../../compression/compressor.js';
import { NetronError } from '../../errors/netron-error.js';
import { violation } from '../../transport/close.js';
import { hearPromise } from '../../util/hear-promise.js';
import { kinds } from '../../wire/packets.js';
import type { Reader } from '../../wire/reader.js';
import { Writer } from '../../wire/writer.js';

/** Compression of whole messages: the protocol's envelope around the output of a compressor. */
export class Compression {
  readonly #compressor: Compressor;

  constructor(compressor: Compressor) {
    this.#compressor = compressor;
  }

  /** Name of the feature in the hello. */
  get name(): string {
    return this.#compressor.name;
  }

  /** Returns a message in compressed form; `undefined` when that saves nothing or fails. */
  compress(message: Uint8Array): Uint8Array | undefined {
    if (message.length < this.#compressor.threshold) return undefined;
    const body = this.#bodyOf(message);
    if (body === undefined || body.length + 8 >= message.length) return undefined;
    const envelope = new Writer(body.length + 8);
    envelope.u8(kinds.compressed);
    envelope.varint(message.length);
    envelope.bytes(body);
    return envelope.buffer.subarray(0, envelope.position);
  }

  /** Runs the compressor of the program. When it fails or its output is not valid, the message stays uncompressed. */
  #bodyOf(message: Uint8Array): Uint8Array | undefined {
    try {
      const body: unknown = this.#compressor.compress(message);
      hearPromise(body);
      return body instanceof Uint8Array ? body : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Returns the decompressed message; an uncompressed one as it is.
   *
   * @param reader with the limits of messages
   * @throws NetronError `resource_exhausted` when it would exceed a limit, `invalid_argument` when it is not valid
   */
  inflate(message: Uint8Array, reader: Reader): Uint8Array {
    if (message[0] !== kinds.compressed) return message;
    const { limits } = reader;
    reader.load(message);
    reader.position = 1;
    const length = reader.varint();
    if (length > limits.message) throw violation(1009, `a message of ${length} bytes exceeds the limit of ${limits.message}`);
    const bytes = this.#compressor.decompress(message.subarray(reader.position), length);
    if (bytes.length !== length)
      throw new NetronError('invalid_argument', `expected ${length} decompressed bytes, got ${bytes.length}`);
    return bytes;
  }
}
