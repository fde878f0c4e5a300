/** Errors of calls whose request has failed. */
import { isCode, NetronError, type Problem, withOutcome } from '@omnitron-dev/netron/http/client';
import { leaving } from '../util/flight.js';
import type { PageErrors } from './page-errors.js';

/**
 * Returns the error for a request without a response, or whose response broke off.
 *
 * @param repeatable whether the call may have run without harm
 */
export function networkFailure(cause: unknown, signal: AbortSignal, repeatable: boolean, what: string): Error {
  if (signal.aborted) return leaving(signal.reason);
  return repeatable
    ? new NetronError('unavailable', `${what}: no answer from the server`, { cause })
    : new NetronError('unknown_outcome', `${what}: the connection was lost; the call may have run`, { cause });
}

/** @throws NetronError `invalid_argument` for headers that no request can have: otherwise `fetch` would report them as a network failure */
export function checkHeaders(headers: Readonly<Record<string, string>>, what: string): void {
  try {
    new Headers(headers);
  } catch (cause) {
    throw new NetronError('invalid_argument', `${what}: invalid header`, { cause });
  }
}

/** @throws NetronError `data_loss` when the `fetch` of the program has returned something other than a Response */
export function checkResponse(response: Response, what: string): Response {
  if (typeof (response as Partial<Response> | null | undefined)?.headers?.get === 'function') return response;
  throw new NetronError('data_loss', `${what}: fetch must return a Response`);
}

/** Returns the error for a response whose body does not match its headers. */
export function unreadable(cause: unknown, what: string): NetronError {
  return new NetronError('data_loss', `${what}: cannot read the answer`, { cause });
}

/** Returns the error that a response with an error status describes. */
export async function statusFailure(response: Response, errors: PageErrors): Promise<Error> {
  const body = response.text().catch(() => '');
  try {
    const [{ readFailure }, codec] = await Promise.all([import('./status-failure.js'), errors.codec()]);
    return readFailure(response, await body, codec);
  } catch {
    return bareFailure(response.status, await body);
  }
}

/** Reads only the code and the message of an error, for a page that cannot load the code for the rest. */
function bareFailure(status: number, text: string): Error {
  let problem: Partial<Problem> | null | undefined;
  try {
    problem = JSON.parse(text) as typeof problem;
  } catch {}
  const { code, detail = `the server responded with ${status}`, outcome } = problem ?? {};
  const error = new NetronError(isCode(code) ? code : status < 500 ? 'unknown' : 'unavailable', String(detail));
  return withOutcome(error, outcome === 'not_run' || outcome === 'unknown' ? outcome : code === undefined ? 'unknown' : 'ran');
}
