/** Failures as data, for a page whose server could not read something: no stack, no cause. */
import { isCode, NetronError } from '@omnitron-dev/netron/http/client';

/** A failure as plain data. */
export interface HandedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: Record<string, unknown>;
  readonly retryAfterMs?: number;
}

/** Returns what a page is told of a failure. */
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

/** Makes the error: a `NetronError` if its code is one of ours, whatever its class was; else an `Error` with its code. */
export function takeError({ name, message, code, ...options }: HandedError): Error {
  const error = isCode(code) ? new NetronError(code, message, options) : Object.assign(new Error(message), { code, ...options });
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}
