/** Reads errors from responses with an error status; loaded with the first one. */
import { type ErrorCodec, readProblem, withOutcome } from '@omnitron-dev/netron/http/client';

/**
 * Reads the error that a response describes.
 *
 * @param text its body
 */
export function readFailure({ status, headers }: Response, text: string, errors: ErrorCodec): Error {
  const { error, outcome, known } = readProblem(text, status, errors);
  const wait = retryAfter(headers);
  if (wait !== undefined && (error as { retryAfterMs?: number }).retryAfterMs === undefined) {
    Object.defineProperty(error, 'retryAfterMs', { value: wait, enumerable: true, configurable: true });
  }
  // A proxy that is overloaded answers in place of the server.
  const refused = !known && (status === 429 || status === 503);
  return withOutcome(error, outcome ?? (known ? 'ran' : refused ? 'not_run' : 'unknown'));
}

/** Returns the milliseconds that `Retry-After` asks for; a date is compared with the server's own. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const wait = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
