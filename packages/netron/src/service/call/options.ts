import type { TraceContext } from '../../middleware/call.js';
import { checkSignal, described } from '../../util/check.js';
import { type HeadersGiven, headersOf } from '../../util/headers-given.js';
import type { CallHeader } from '../../wire/packets.js';
import { isPosition, type StreamPosition } from '../../wire/stream-position.js';

/** Options of one call besides its arguments. */
export interface CallOptions {
  /**
   * Milliseconds until the call fails with `deadline_exceeded` and is canceled at the callee; 0 fails at once,
   * `Infinity` sets no limit. Default: the node's `requestTimeout`.
   */
  timeout?: number;
  /** Cancels the call when aborted, here and at the callee. */
  signal?: AbortSignal;
  /** Headers sent with the call, as a record, a `Map` or `Headers`; names are converted to lower case. */
  headers?: HeadersGiven;
  trace?: TraceContext;
  /** Key by which the callee recognizes a repeat of the same call; `idempotency` accepts at most 256 characters. */
  idempotencyKey?: string;
  /**
   * Runs a remote generator step by step: it continues only on demand, and receives the arguments of `next(value)` and `throw(error)`.
   * Each item takes a round trip. Default `false`: items are sent ahead.
   */
  steps?: boolean;
  /**
   * Position of the last item that the caller has received: the stream starts after it. For `resumable` methods, which read it from
   * their context.
   */
  resumeFrom?: StreamPosition;
}

/** Options of a call that may be a retry. */
export interface RepeatOptions extends CallOptions {
  /** Number of retries of the call so far. Default: those of the call that it is made for. */
  attempt?: number;
  /** Milliseconds until the call must be answered, without a deadline at the callee: a stream in the result is not limited by them. */
  within?: number;
}

/** Returns the milliseconds within which a call must be answered. */
export function timeOf(options: RepeatOptions | undefined, requestTimeout: number): number {
  if (options === undefined) return requestTimeout;
  const { timeout = requestTimeout, within } = options;
  return within === undefined ? timeout : Math.min(timeout, within);
}

/** Returns the options of a call after `ms` milliseconds of its time have passed. */
export function shortenedBy(ms: number, options: RepeatOptions | undefined): RepeatOptions | undefined {
  const { timeout, within } = options ?? {};
  if (timeout === undefined && within === undefined) return options;
  return {
    ...options,
    ...(timeout !== undefined && { timeout: Math.max(0, timeout - ms) }),
    ...(within !== undefined && { within: Math.max(0, within - ms) }),
  };
}

/** Names of all options of a call. */
const names: Record<keyof RepeatOptions, true> = {
  timeout: true,
  signal: true,
  headers: true,
  trace: true,
  idempotencyKey: true,
  steps: true,
  resumeFrom: true,
  attempt: true,
  within: true,
};

/**
 * Refuses invalid options of a call, before anything is sent.
 *
 * @param more names that are also accepted
 * @throws TypeError for an unknown option, and for invalid values as `checkCallValues`
 */
export function checkCallOptions(options: RepeatOptions, more?: Readonly<Record<string, true>>): void {
  checkCallValues(options);
  for (const name in options) {
    if (Object.hasOwn(names, name) || (more !== undefined && Object.hasOwn(more, name))) continue;
    throw new TypeError(`call: unknown option '${name}'; known: ${Object.keys({ ...names, ...more }).join(', ')}`);
  }
}

/**
 * Refuses invalid values of call options.
 *
 * @throws TypeError when `timeout` is not a number of milliseconds from 0, `signal` is not an `AbortSignal`, `headers` are invalid, a
 *   header, trace or key is not a string, or `resumeFrom` is neither a string nor a number
 */
export function checkCallValues(options: RepeatOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object, not ${described(options)}`);
  const { timeout, within, signal, headers, trace, idempotencyKey, steps, resumeFrom, attempt } = options;
  milliseconds('timeout', timeout);
  milliseconds('within', within);
  checkSignal(signal);
  if (headers !== undefined) headersOf(headers);
  text('trace.traceparent', trace === undefined ? '' : trace.traceparent);
  text('trace.tracestate', trace?.tracestate ?? '');
  text('idempotencyKey', idempotencyKey ?? '');
  if (attempt !== undefined && !(Number.isInteger(attempt) && attempt >= 0))
    throw new TypeError(`attempt must be a non-negative integer, not ${String(attempt)}`);
  if (steps !== undefined && typeof steps !== 'boolean') throw new TypeError(`steps must be a boolean, not ${described(steps)}`);
  if (resumeFrom !== undefined && !isPosition(resumeFrom))
    throw new TypeError(`resumeFrom must be a string or a number, not ${described(resumeFrom)}`);
}

/** The call that another one is made for, with the facts that it passes on. */
interface ParentCall {
  readonly trace: TraceContext | undefined;
  readonly attempt: number;
}

/**
 * Returns the header of a call without its deadline; `undefined` when it is empty.
 *
 * @param parent the call that this one is made for
 */
export function sentAlong(options: RepeatOptions | undefined, parent: ParentCall | undefined): CallHeader | undefined {
  const { traceparent, tracestate } = options?.trace ?? parent?.trace ?? {};
  const { idempotencyKey, headers, steps, resumeFrom, attempt = parent?.attempt ?? 0 } = options ?? {};
  if (attempt === 0 && (traceparent ?? tracestate ?? idempotencyKey ?? headers ?? steps ?? resumeFrom) === undefined)
    return undefined;
  const header: CallHeader = {};
  if (traceparent !== undefined) header.traceparent = traceparent;
  if (tracestate !== undefined) header.tracestate = tracestate;
  if (idempotencyKey !== undefined) header.idempotencyKey = idempotencyKey;
  if (headers !== undefined) header.headers = headersOf(headers);
  if (steps === true) header.steps = true;
  if (attempt > 0) header.attempt = attempt;
  if (resumeFrom !== undefined) header.resumeFrom = resumeFrom;
  return header;
}

function milliseconds(what: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  const came = typeof value === 'number' ? String(value) : described(value);
  throw new TypeError(`${what} must be a non-negative number of milliseconds, not ${came}`);
}

function text(what: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string, not ${described(value)}`);
}
