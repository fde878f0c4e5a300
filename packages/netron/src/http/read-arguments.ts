/** Reads the facts of a call from its request: arguments, timeout, trace, idempotency key, headers. */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import { type BodyFormat, type BodyLimits, formatOf, readQueryArguments } from './body-format.js';
import type { CallMetadata } from './http-node.js';
import type { EdgeRequest } from './message.js';
import { formats, refused, StatusError, tooLarge } from './refusal.js';

/** Returns the arguments in the query of a URL. */
export function queryArguments(query: string, errors: ErrorCodec, limits: BodyLimits): unknown[] {
  const text = query === '' ? undefined : (new URLSearchParams(query).get('args') ?? undefined);
  return text === undefined ? [] : asList(() => readQueryArguments(text, errors, limits));
}

/**
 * Returns the arguments of a request whose method has no body; `undefined` for other methods.
 *
 * @throws NetronError for a DELETE with a body, which an intermediary might have dropped
 */
export function queriedArguments(
  request: EdgeRequest,
  query: string,
  errors: ErrorCodec,
  limits: BodyLimits,
): unknown[] | undefined {
  const { method } = request;
  if (method === 'DELETE' && !isEmpty(request))
    throw refused(new NetronError('invalid_argument', 'a DELETE request must have its arguments in the query, not in the body'));
  if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE') return undefined;
  return queryArguments(query, errors, limits);
}

/**
 * Reads the arguments in the body of a request.
 *
 * @throws NetronError that says why the body is not read, or rejects with the fault in the body
 */
export function bodyArguments(request: EdgeRequest, errors: ErrorCodec, limits: BodyLimits): unknown[] | Promise<unknown[]> {
  const { message: bytes } = limits;
  const announced = request.header('content-length');
  if (announced !== undefined && Number(announced) > bytes) throw tooLarge(bytes);
  const type = request.header('content-type');
  const format = formatOf(type);
  const encoding = request.header('content-encoding');
  if (format === undefined && (type !== undefined || !isEmpty(request))) {
    throw refused(
      new StatusError(415, new NetronError('invalid_argument', `arguments must be ${Object.values(formats).join(', ')}`)),
    );
  }
  if (encoding !== undefined && encoding !== 'identity') {
    throw refused(new StatusError(415, new NetronError('invalid_argument', 'compressed bodies are not supported')));
  }
  const body = request.body(bytes);
  return body instanceof Promise ? readLater(body, format, errors, limits) : read(body, format, errors, limits);
}

async function readLater(
  body: Promise<Uint8Array | undefined>,
  format: BodyFormat | undefined,
  errors: ErrorCodec,
  limits: BodyLimits,
): Promise<unknown[]> {
  return read(await body.catch(refuse), format, errors, limits);
}

function read(body: Uint8Array | undefined, format: BodyFormat | undefined, errors: ErrorCodec, limits: BodyLimits): unknown[] {
  if (body === undefined) throw tooLarge(limits.message);
  if (body.length === 0 || format === undefined) return [];
  let args: unknown;
  try {
    args = format.read(body, errors, limits);
  } catch (error) {
    throw misread(error);
  }
  return listOf(args);
}

function isEmpty(request: EdgeRequest): boolean {
  const length = request.header('content-length');
  return length === undefined ? request.header('transfer-encoding') === undefined : length === '0';
}

function refuse(error: unknown): never {
  throw refused(error);
}

/**
 * Returns what accompanies a call in addition to its arguments.
 *
 * @param names of the headers that methods may read
 */
export function callMetadata(request: EdgeRequest, names: readonly string[]): CallMetadata {
  const timeout = request.header('netron-timeout');
  if (timeout !== undefined && !/^\d{1,12}$/.test(timeout)) {
    throw refused(new NetronError('invalid_argument', 'Netron-Timeout must be a whole number of milliseconds'));
  }
  const traceparent = request.header('traceparent');
  const tracestate = request.header('tracestate');
  const idempotencyKey = request.header('idempotency-key');
  if (idempotencyKey !== undefined && idempotencyKey.length > 256) {
    throw refused(new NetronError('invalid_argument', 'Idempotency-Key must have at most 256 characters'));
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
  let args: unknown;
  try {
    args = read();
  } catch (error) {
    throw misread(error);
  }
  return listOf(args);
}

function listOf(args: unknown): unknown[] {
  if (Array.isArray(args)) return args;
  throw refused(new NetronError('invalid_argument', 'arguments must be an array'));
}

function misread(error: unknown): NetronError {
  return refused(new NetronError('invalid_argument', NetronError.from(error).message));
}
