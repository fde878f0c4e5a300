import { thrownProperty } from '../util/thrown.js';
import { codes, isCode } from './codes.js';
import type { CallOutcome } from './outcome.js';
import { remoteStack } from './remote-stack.js';

/** Own property that marks a `RemoteError`, whatever its prototype. */
const mark: unique symbol = Symbol.for('@omnitron-dev/netron/remote-error');

/** Parts of a `RemoteError`. */
export interface RemoteErrorParts {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * An error of another node whose class is not registered here: name, message, code and declared fields of the original,
 * with the fields as own properties. `code` is one of the closed set or the application's own, for instance
 * `VALIDATION_ERROR`.
 */
export class RemoteError extends Error {
  override readonly name: string;
  /** A code of the closed set, or the original's own: a string, or a number such as that of a database. */
  readonly code: string | number;
  /** HTTP status, 100 to 599: that of the original, or else by its code, or else 500. */
  readonly statusCode: number;
  /** Plain values that the original carries for programs. */
  declare readonly details?: unknown;
  /** Milliseconds after which a retry makes sense. */
  declare readonly retryAfterMs?: number;

  /** Whether the method ran; not enumerable, so it is neither printed nor copied. */
  declare readonly outcome?: CallOutcome;

  constructor({ name, code, message, fields = {} }: RemoteErrorParts) {
    super(message);
    Object.assign(this, fields);
    this.name = name;
    this.code = typeof fields.code === 'number' ? fields.code : code;
    Object.defineProperty(this, mark, { value: true });
    this.statusCode = httpStatusOf({ code, fields });
    this.stack = remoteStack(name, message);
  }

  /** Whether `error` is a `RemoteError`: errors of native classes have those as prototypes, and an own mark. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: also called for subclasses
    if (this !== RemoteError) return Function.prototype[Symbol.hasInstance].call(this, error);
    return typeof error === 'object' && thrownProperty(error, mark) === true;
  }
}

/** Returns `value` if it is an HTTP status, a whole number from 100 to 599. */
export function httpStatus(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599 ? value : undefined;
}

/** Returns the HTTP status of an encoded error, 100 to 599: its own, or else by its code, or else 500. */
export function httpStatusOf({ code, fields = {} }: Pick<RemoteErrorParts, 'code' | 'fields'>): number {
  return httpStatus(fields.statusCode) ?? httpStatus(fields.status) ?? (isCode(code) ? codes[code].http : 500);
}
