import type { TraceContext } from '../../middleware/call.js';
import { checkSignal, described, type HeadersGiven, headersOf } from '../../util/check.js';
import type { CallHeader } from '../../wire/packets.js';
import { isPosition, type StreamPosition } from '../../wire/stream-position.js';

/** Options of one call besides its arguments. */
export interface CallOptions {
  /**
   * Milliseconds until the call fails with `deadline_exceeded` and the callee is told to stop; 0 is no time at all,
   * `Infinity` no limit. Default: the node's `requestTimeout`.
   */
  timeout?: number;
  /** Cancels the call, here and at the callee. */
  signal?: AbortSignal;
  /** Sent along, as a record, a `Map` or `Headers`; names are lower-cased. */
  headers?: HeadersGiven;
  trace?: TraceContext;
  /** Key under which the callee recognises a repetition of the same call; `idempotency` takes 256 characters at most. */
  idempotencyKey?: string;
  /**
   * The generator that answers goes on only when it is asked for an item: what `next(value)` and `throw(error)` are given reaches
   * it. Each item takes a round trip. Default `false`: items are sent ahead.
   */
  steps?: boolean;
  /**
   * Position of the last item that the caller has: the stream that answers begins behind it. For methods that say they are `resumable`;
   * they read it from their context.
   */
  resumeFrom?: StreamPosition;
}

/** Options of a call that may be a repeat. */
export interface RepeatOptions extends CallOptions {
  /** Repeats of the call so far. Default: those of the call that it is made for. */
  attempt?: number;
  /** Milliseconds until it must be answered, which the callee is not told: a stream that answers it has no end by them. */
  within?: number;
}

/** Milliseconds that a call has until it must be answered. */
export function timeOf(options: RepeatOptions | undefined, requestTimeout: number): number {
  if (options === undefined) return requestTimeout;
  const { timeout = requestTimeout, within } = options;
  return within === undefined ? timeout : Math.min(timeout, within);
}

/** Options of a call of whose time `ms` milliseconds are over. */
export function shortenedBy(ms: number, options: RepeatOptions | undefined): RepeatOptions | undefined {
  const { timeout, within } = options ?? {};
  if (timeout === undefined && within === undefined) return options;
  return {
    ...options,
    ...(timeout !== undefined && { timeout: Math.max(0, timeout - ms) }),
    ...(within !== undefined && { within: Math.max(0, within - ms) }),
  };
}

/** Names of all options that a call can have. */
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
 * Refuses options that no call can be made with, before a byte of them is written.
 *
 * @param more names that are known besides
 * @throws TypeError when one has no name that is known: it would be an option that is not there; and as `checkCallValues` does
 */
export function checkCallOptions(options: RepeatOptions, more?: Readonly<Record<string, true>>): void {
  checkCallValues(options);
  for (const name in options) {
    if (Object.hasOwn(names, name) || (more !== undefined && Object.hasOwn(more, name))) continue;
    throw new TypeError(`a call has no option '${name}', only ${Object.keys({ ...names, ...more }).join(', ')}`);
  }
}

/**
 * Refuses values that no option of a call can have.
 *
 * @throws TypeError when `timeout` is no number of milliseconds from 0, `signal` no `AbortSignal`, `headers` are none, a
 *   header, trace or key is no string, or `resumeFrom` no text or number
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
    throw new TypeError(`attempt must be a number of repeats, not ${String(attempt)}`);
  if (steps !== undefined && typeof steps !== 'boolean') throw new TypeError(`steps must be a boolean, not ${described(steps)}`);
  if (resumeFrom !== undefined && !isPosition(resumeFrom))
    throw new TypeError(`resumeFrom must be a text or a number, not ${described(resumeFrom)}`);
}

/** Call that another one is made for, as far as it is passed on. */
interface ParentCall {
  readonly trace: TraceContext | undefined;
  readonly attempt: number;
}

/**
 * Returns the header of a call without its deadline; `undefined` when it is empty.
 *
 * @param parent the call that it is made for
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
  throw new TypeError(`${what} must be a number of milliseconds from 0, not ${came}`);
}

function text(what: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string, not ${described(value)}`);
}
