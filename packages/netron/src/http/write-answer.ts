/** Writes the values of answers. A value that cannot be written is reported as a fault of the server, not of the client. */
import { asInternal } from '../errors/as-internal.js';
import { discardStreams } from '../service/call/stream-source.js';
import type { JsonOptions } from './json-values.js';
import { type MessagePackOptions, writeMessagePack } from './messagepack.js';
import { writeJson } from './write-json.js';

/**
 * Writes a value as JSON.
 *
 * @throws NetronError `internal` that names the path of a value that cannot be written
 */
export function answerJson(value: unknown, options: JsonOptions, root: 'result' | 'item'): string {
  try {
    return writeJson(value, options, root);
  } catch (error) {
    throw unwritable(error, value);
  }
}

/**
 * Writes a value as MessagePack.
 *
 * @throws NetronError `internal` that names the path of a value that cannot be written
 */
export function answerMessagePack(value: unknown, options: MessagePackOptions): Uint8Array {
  try {
    return writeMessagePack(value, options, 'result');
  } catch (error) {
    throw unwritable(error, value);
  }
}

/** Limits of depth and size belong to the format, not to the client. The streams in the value have no other owner and are closed here. */
function unwritable(error: unknown, value: unknown): unknown {
  discardStreams(value);
  return asInternal(error, 'invalid_argument', 'resource_exhausted');
}
