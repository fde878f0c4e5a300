/** Failures as plain data, without stack and cause, for a page whose server failed to read something. */
import { isCode, NetronError } from '@omnitron-dev/netron/http/client';

/** A failure as plain data. */
export interface HandedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: Record<string, unknown>;
  readonly retryAfterMs?: number;
}

/** Returns the part of a failure that a page may see. */
export function handError(error: unknown): HandedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, code, details, retryAfterMs } = error as Error & Partial<Record<keyof HandedError, unknown>>;
  return {
    ...{ name, message },
    ...(typeof code === 'string' && { code }),
    ...(typeof details === 'object' && details !== null && { details: details as Record<string, unknown> }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  };
}

/** Recreates the error: a `NetronError` when its code is one of Netron's, whatever its class was; otherwise an `Error` with its code. */
export function takeError({ name, message, code, ...options }: HandedError): Error {
  const error = isCode(code) ? new NetronError(code, message, options) : Object.assign(new Error(message), { code, ...options });
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}
