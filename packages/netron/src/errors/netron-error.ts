import { thrownProperty, thrownText } from '../util/thrown.js';
import { type Code, codes, isCode } from './codes.js';
import type { CallOutcome } from './outcome.js';

/** Options of a `NetronError` besides code and message. */
export interface NetronErrorOptions {
  /** The underlying error, for the local log; never sent to a peer. */
  cause?: unknown;
  /** Facts for programs, sent to the peer: plain values only. */
  details?: Record<string, unknown>;
  /** Milliseconds after which a retry makes sense. */
  retryAfterMs?: number;
}

/** Key under which prototypes of errors hold the name of their class, the same in all copies and versions of this package. */
export const errorMark: unique symbol = Symbol.for('@omnitron-dev/netron/error');

/** The one error class of this package. Switch on `code`; never parse `message`. */
export class NetronError extends Error {
  override readonly name: string = 'NetronError';
  /** Kind of failure; programs switch on it. */
  readonly code: Code;
  /** Facts for programs, plain values; `undefined` when none were given. */
  readonly details: Record<string, unknown> | undefined;
  /** Milliseconds after which a retry makes sense; `undefined` when that is not known. */
  readonly retryAfterMs: number | undefined;

  /** Whether the method ran, for the error of a call; not enumerable, so it is neither printed nor copied. */
  declare readonly outcome?: CallOutcome;

  constructor(code: Code, message: string, options: NetronErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** HTTP status for this error's code, 400 to 599. */
  get statusCode(): number {
    return codes[this.code].http;
  }

  /** Whether the same call may succeed later. Whether a retry is safe depends on the method. */
  get retryable(): boolean {
    return codes[this.code].retry && !neverFits(this.details);
  }

  /** Returns the fields for `JSON.stringify`, including the message, which is not enumerable on errors. */
  toJSON(): object {
    return { ...this, message: this.message };
  }

  static {
    markError(NetronError, 'NetronError');
  }

  /** Converts any caught value into a `NetronError`. A `NetronError` is returned unchanged. */
  static from(cause: unknown, code: Code = 'unknown'): NetronError {
    if (NetronError.is(cause)) return cause;
    return new NetronError(code, thrownText(cause), { cause });
  }

  /** Whether `error` is a `NetronError`, of this or another copy of the package, and has `code` if that is given. */
  static is(error: unknown, code?: Code): error is NetronError {
    const marked = typeof error === 'object' && thrownProperty(error, errorMark) !== undefined;
    const own = marked ? thrownProperty(error, 'code') : undefined;
    return isCode(own) && (code === undefined || own === code);
  }
}

/** Marks an error class with its name, so that other copies of this package recognize it even when the code is minified. */
export function markError({ prototype }: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(prototype, errorMark, { value: name });
}

/** Whether the details state a size above a limit of the receiver, so that a retry can never succeed. */
function neverFits(details: Record<string, unknown> | undefined): boolean {
  const { limit, needed } = details ?? {};
  return typeof limit === 'number' && typeof needed === 'number' && needed > limit;
}
