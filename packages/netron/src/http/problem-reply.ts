/** Replies to failed calls: writes the thrown error as problem details, with headers about retries. */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import { thrownProperty } from '../util/thrown.js';
import { mediaTypes } from './media-types.js';
import type { EdgeReply } from './message.js';
import { reportedOutcome, writeProblem } from './problem.js';
import { StatusError } from './refusal.js';

/**
 * Creates the reply. Never throws, whatever was thrown.
 *
 * @param common headers of every reply to the request
 */
export function problemReply(error: unknown, errors: ErrorCodec, common: readonly string[] = []): EdgeReply {
  try {
    return replyTo(error, errors, common);
  } catch {
    return replyTo(new NetronError('unknown', 'thrown error cannot be read'), errors, common);
  }
}

function replyTo(error: unknown, errors: ErrorCodec, common: readonly string[]): EdgeReply {
  const own = error instanceof StatusError ? error : undefined;
  // A `StatusError` is a NetronError to clients and in logs.
  const thrown = own === undefined ? error : new NetronError(own.code, own.message);
  const { status, body } = writeProblem(thrown, { errors, outcome: reportedOutcome(error), status: own?.status });
  const wait = thrownProperty(error, 'retryAfterMs');
  const headers = ['content-type', mediaTypes.problem, 'cache-control', 'no-store'];
  if (status === 401) headers.push('www-authenticate', 'Bearer');
  if (status === 429 || status === 503) headers.push('retry-after', seconds(wait));
  headers.push(...(own?.headers ?? []), ...common);
  return { status, headers, body, ...(own?.close === true && { close: true }) };
}

function seconds(wait: unknown): string {
  return typeof wait === 'number' ? String(Math.max(1, Math.ceil(wait / 1_000))) : '1';
}
