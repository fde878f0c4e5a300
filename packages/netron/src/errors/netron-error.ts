import { thrownProperty, thrownText } from '../util/thrown.js';
import { type Code, codes, isCode } from './codes.js';
import type { CallOutcome } from './outcome.js';

/** Options of a `NetronError` besides code and message. */
export interface NetronErrorOptions {
  /** The error behind this one; for the local log, never sent to a peer. */
  cause?: unknown;
  /** Facts a program may want, sent to the peer: plain values only. */
  details?: Record<string, unknown>;
  /** Milliseconds after which a repeated attempt makes sense. */
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
  /** Milliseconds after which a repeated attempt makes sense; `undefined` when nothing is known of that. */
  readonly retryAfterMs: number | undefined;

  /** Of the error of a call: whether its method ran; not among what is printed or copied. */
  declare readonly outcome?: CallOutcome;

  constructor(code: Code, message: string, options: NetronErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The HTTP status for this error's code, 400 to 599. */
  get statusCode(): number {
    return codes[this.code].http;
  }

  /** Whether the same call may succeed later. Not whether repeating it is safe: that depends on the method. */
  get retryable(): boolean {
    return codes[this.code].retry && !neverFits(this.details);
  }

  /** Fields for `JSON.stringify`, in logs and health: the message, too, which is not among those of an error. */
  toJSON(): object {
    return { ...this, message: this.message };
  }

  static {
    markError(NetronError, 'NetronError');
  }

  /** Wraps anything caught. A `NetronError` passes through untouched. */
  static from(cause: unknown, code: Code = 'unknown'): NetronError {
    if (NetronError.is(cause)) return cause;
    return new NetronError(code, thrownText(cause), { cause });
  }

  /** Narrows `error` to a `NetronError`, of this copy of the package or another, of one code when `code` is given. */
  static is(error: unknown, code?: Code): error is NetronError {
    const marked = typeof error === 'object' && thrownProperty(error, errorMark) !== undefined;
    const own = marked ? thrownProperty(error, 'code') : undefined;
    return isCode(own) && (code === undefined || own === code);
  }
}

/** States the name of a class of errors where other copies of this package find it, whatever a minifier calls the class. */
export function markError({ prototype }: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(prototype, errorMark, { value: name });
}

/** Whether details tell of something that is larger than a limit of its receiver: it will never fit. */
function neverFits(details: Record<string, unknown> | undefined): boolean {
  const { limit, needed } = details ?? {};
  return typeof limit === 'number' && typeof needed === 'number' && needed > limit;
}
