import type { TraceContext } from '../../middleware/call.js';
import type { CallHeader } from '../../wire/packets.js';

/** What one call may be given besides its arguments. */
export interface CallOptions {
  /**
   * Milliseconds until the call fails with `deadline_exceeded` and the callee is told to stop; 0 is no time at all,
   * `Infinity` no limit. Default: the node's `requestTimeout`.
   */
  timeout?: number;
  /** Cancels the call, here and at the callee. */
  signal?: AbortSignal;
  /** Sent along; names are lower-cased. */
  headers?: Readonly<Record<string, string>>;
  trace?: TraceContext;
  /** Key under which the callee recognises a repetition of the same call. */
  idempotencyKey?: string;
}

/**
 * Refuses options that no call can be made with, before a byte of them is written.
 *
 * @throws TypeError when `timeout` is no number of milliseconds from 0, or a header, trace or key is no text
 */
export function checkCallOptions({ timeout, headers, trace, idempotencyKey }: CallOptions): void {
  if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0))) {
    throw new TypeError(`timeout is a number of milliseconds from 0, not ${String(timeout)}`);
  }
  for (const [name, value] of Object.entries(headers ?? {})) text(`header '${name}'`, value);
  text('trace.traceparent', trace === undefined ? '' : trace.traceparent);
  text('trace.tracestate', trace?.tracestate ?? '');
  text('idempotencyKey', idempotencyKey ?? '');
}

/**
 * What is sent along with a call, besides its time; `undefined` when that is nothing.
 *
 * @param trace of the call that it is made for
 */
export function sentAlong(options: CallOptions | undefined, trace: TraceContext | undefined): CallHeader | undefined {
  const { traceparent, tracestate } = options?.trace ?? trace ?? {};
  const { idempotencyKey, headers } = options ?? {};
  if ((traceparent ?? tracestate ?? idempotencyKey ?? headers) === undefined) return undefined;
  const header: CallHeader = {};
  if (traceparent !== undefined) header.traceparent = traceparent;
  if (tracestate !== undefined) header.tracestate = tracestate;
  if (idempotencyKey !== undefined) header.idempotencyKey = idempotencyKey;
  if (headers !== undefined) header.headers = lowerCased(headers);
  return header;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function text(what: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${what} is a text, not a ${typeof value}`);
}
