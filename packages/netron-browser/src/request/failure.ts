/** Errors of calls whose request has failed. */
import { type ErrorCodec, NetronError, onAbort, readProblem } from '@omnitron-dev/netron/http/client';
import { canceled } from '../util/flight.js';
import { markNotRun } from '../util/not-run.js';

/**
 * The error for a request that came to no response, or to one that broke off.
 *
 * @param repeatable whether the call may have run without harm
 */
export function networkFailure(cause: unknown, signal: AbortSignal, repeatable: boolean, what: string): Error {
  if (signal.aborted) return signal.reason instanceof NetronError ? signal.reason : canceled(signal.reason);
  return repeatable
    ? new NetronError('unavailable', `${what}: no answer from the server`, { cause })
    : new NetronError('unknown_outcome', `${what}: the connection was lost; nobody can say whether the call ran`, { cause });
}

/** The error for a response whose body is not what it says. */
export function unreadable(cause: unknown, what: string): NetronError {
  return new NetronError('data_loss', `${what}: the answer cannot be read`, { cause });
}

/** The error that a response with an error status tells of. */
export async function statusFailure(response: Response, errors: ErrorCodec): Promise<Error> {
  const text = await response.text().catch(() => '');
  const { error, outcome, known } = readProblem(text, response.status, errors);
  const wait = retryAfter(response.headers);
  if (wait !== undefined && (error as { retryAfterMs?: number }).retryAfterMs === undefined) {
    Object.defineProperty(error, 'retryAfterMs', { value: wait, enumerable: true, configurable: true });
  }
  // Proxies that are too busy answer in place of the server.
  const refused = !known && (response.status === 429 || response.status === 503);
  return outcome === 'not_run' || refused ? markNotRun(error) : error;
}

/** Milliseconds that `Retry-After` asks for; a date counts from the server's own. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const wait = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** Rejects as soon as `signal` is aborted, whatever `work` does. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = onAbort(signal, (reason) => reject(reason));
    work.then(resolve, reject).finally(leave);
  });
}
