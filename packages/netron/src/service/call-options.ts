import type { TraceContext } from '../middleware/call.js';

/** What one call may be given besides its arguments. */
export interface CallOptions {
  /** Milliseconds until the call fails with `deadline_exceeded` and the callee is told to stop. */
  timeout?: number;
  /** Cancels the call, here and at the callee. */
  signal?: AbortSignal;
  /** Sent along; names are lower-cased. */
  headers?: Readonly<Record<string, string>>;
  trace?: TraceContext;
  /** Key under which the callee recognises a repetition of the same call. */
  idempotencyKey?: string;
}
