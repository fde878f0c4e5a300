import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { NetronError } from '../../errors/netron-error.js';
import { onlyOptions } from '../../util/only-options.js';
import type { OptionNames } from '../../util/option-names.js';
import type { Compressor } from '../compressor.js';

/** Options of `deflate`. */
export interface DeflateOptions {
  /** Size of the smallest message that is compressed, in bytes. Default 1,024. */
  threshold?: number;
  /** Level from 1, fastest, to 9, smallest. Default 3. */
  level?: number;
}

const names: OptionNames<DeflateOptions> = { threshold: true, level: true };

/**
 * Returns a compressor that uses raw DEFLATE for each message separately, so that no memory is held between messages. It runs
 * synchronously and takes some milliseconds for each MiB.
 *
 * @throws TypeError for unknown options
 * @source RFC 1951
 */
export function deflate(options: DeflateOptions = {}): Compressor {
  onlyOptions('deflate', options, names);
  const { threshold = 1024, level = 3 } = options;
  return {
    name: 'deflate',
    threshold,
    compress: (bytes) => deflateRawSync(bytes, { level }),
    decompress: (bytes, maxBytes) => inflate(bytes, maxBytes),
  };
}

/** Result of zlib's functions with the option `info`; `bytesWritten` is the number of input bytes consumed. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    const options = { maxOutputLength: maxBytes, finishFlush: constants.Z_FINISH, info: true };
    const { buffer, engine } = inflateRawSync(bytes, options) as unknown as Inflated;
    if (engine.bytesWritten !== bytes.length) throw new RangeError('trailing bytes after the compressed data');
    return buffer;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      const text = `compressed message exceeds the limit of ${maxBytes} bytes`;
      throw new NetronError('resource_exhausted', text, { cause, details: { closeCode: 1009 } });
    }
    throw new NetronError('invalid_argument', 'malformed message: invalid compressed data', { cause });
  }
}
