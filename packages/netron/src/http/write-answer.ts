/** Values of answers: receives one that a member has given, writes it, or says that the fault is not the client's. */
import { asInternal } from '../errors/as-internal.js';
import { discardStreams } from '../service/call/stream-source.js';
import type { JsonOptions } from './json-values.js';
import { type MessagePackOptions, writeMessagePack } from './messagepack.js';
import { writeJson } from './write-json.js';

/**
 * Writes a value as JSON.
 *
 * @throws NetronError `internal` naming the path of what cannot be written
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
 * @throws NetronError `internal` naming the path of what cannot be written
 */
export function answerMessagePack(value: unknown, options: MessagePackOptions): Uint8Array {
  try {
    return writeMessagePack(value, options, 'result');
  } catch (error) {
    throw unwritable(error, value);
  }
}

/** Depth and size are limits of the form, not of the client. Nobody else ends the streams in the value. */
function unwritable(error: unknown, value: unknown): unknown {
  discardStreams(value);
  return asInternal(error, 'invalid_argument', 'resource_exhausted');
}
