/** Reads from a request what goes with a call: arguments, time, trace, key, headers. */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import { type BodyLimits, formatOf, readQueryArguments } from './body-format.js';
import type { SentWith } from './http-node.js';
import type { EdgeRequest } from './message.js';
import { formats, refused, StatusError, tooLarge } from './refusal.js';

/** Returns the arguments in the query of a URL. */
export function queryArguments(query: string, errors: ErrorCodec, limits: BodyLimits): unknown[] {
  const text = query === '' ? undefined : (new URLSearchParams(query).get('args') ?? undefined);
  return text === undefined ? [] : asList(() => readQueryArguments(text, errors, limits));
}

/** Reads the arguments in the body of a request. */
export async function bodyArguments(request: EdgeRequest, errors: ErrorCodec, limits: BodyLimits): Promise<unknown[]> {
  const { bytes } = limits;
  const announced = request.header('content-length');
  if (announced !== undefined && Number(announced) > bytes) throw tooLarge(bytes);
  const format = formatOf(request.header('content-type'));
  const encoding = request.header('content-encoding');
  const empty = announced === '0' || (announced === undefined && request.header('transfer-encoding') === undefined);
  if (format === undefined && !(empty && request.header('content-type') === undefined)) {
    throw refused(
      new StatusError(415, new NetronError('invalid_argument', `arguments are ${Object.values(formats).join(', ')}`)),
    );
  }
  if (encoding !== undefined && encoding !== 'identity') {
    throw refused(new StatusError(415, new NetronError('invalid_argument', 'bodies are not compressed')));
  }
  const body = await request.body(bytes).catch((error: unknown) => {
    throw refused(error);
  });
  if (body === undefined) throw tooLarge(bytes);
  if (body.length === 0 || format === undefined) return [];
  return asList(() => format.read(body, errors, limits));
}

/**
 * Returns what goes with a call besides its arguments.
 *
 * @param names of the headers that methods may read
 */
export function sentWith(request: EdgeRequest, names: readonly string[]): SentWith {
  const timeout = request.header('netron-timeout');
  if (timeout !== undefined && !/^\d{1,12}$/.test(timeout)) {
    throw refused(new NetronError('invalid_argument', 'Netron-Timeout is a whole number of milliseconds'));
  }
  const traceparent = request.header('traceparent');
  const tracestate = request.header('tracestate');
  const idempotencyKey = request.header('idempotency-key');
  if (idempotencyKey !== undefined && idempotencyKey.length > 256) {
    throw refused(new NetronError('invalid_argument', 'Idempotency-Key has at most 256 characters'));
  }
  let headers: Record<string, string> | undefined;
  for (const name of names) {
    const value = request.header(name);
    if (value === undefined) continue;
    headers ??= {};
    headers[name] = value;
  }
  const trace = traceparent === undefined ? undefined : { traceparent, ...(tracestate !== undefined && { tracestate }) };
  return { timeout: timeout === undefined ? undefined : Number(timeout), headers, trace, idempotencyKey };
}

/** @throws NetronError `invalid_argument`, and no other */
export function asList(read: () => unknown): unknown[] {
  try {
    const args = read();
    if (Array.isArray(args)) return args;
  } catch (error) {
    throw refused(new NetronError('invalid_argument', NetronError.from(error).message));
  }
  throw refused(new NetronError('invalid_argument', 'arguments are an array'));
}
