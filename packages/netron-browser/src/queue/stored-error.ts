/** Errors of the storage, and validation of its records. */
import { NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import { markNotRun } from '../util/not-run.js';
import type { StoredCall } from './storage.js';

/**
 * Runs an operation of the storage.
 *
 * @throws NetronError `resource_exhausted` when it is full, `unavailable` when it fails otherwise
 */
export async function using<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof NetronError) throw markNotRun(cause);
    const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown };
    const full = name === 'QuotaExceededError';
    const why = `the queue storage ${full ? 'is full' : 'failed'}: ${String(message)}`;
    throw markNotRun(new NetronError(full ? 'resource_exhausted' : 'unavailable', why, { cause }));
  }
}

/**
 * Reads the list that a storage has returned. Values that are not records, and so could not be removed, are ignored.
 *
 * @throws TypeError when it is not a list
 */
export function listed(records: unknown): StoredCall[] {
  if (!Array.isArray(records)) throw new TypeError('list() must return an array of calls');
  return records.filter((record) => typeof record === 'object' && record !== null) as StoredCall[];
}

/** Returns the error for a call that was removed from the queue. */
export function cleared(sent: number | undefined): NetronError {
  return withOutcome(new NetronError('canceled', 'the queue was cleared'), sent === undefined ? 'not_run' : 'unknown');
}

/** Returns the error for a record that is not a call. */
export function unreadable({ sent }: { sent?: unknown }): NetronError {
  const error = new NetronError('data_loss', 'cannot read a stored change');
  return withOutcome(error, sent === undefined ? 'not_run' : 'unknown');
}

/** Whether a record is a call: other programs and other versions of this one may write to the storage as well. */
export function isCall(record: StoredCall): boolean {
  const { invalidate, headers = {}, sent } = record as { [Field in keyof StoredCall]?: unknown };
  const texts = ['id', 'tab', 'service', 'method', 'args', 'scope', 'key'] as const;
  return (
    texts.every((field) => typeof record[field] === 'string') &&
    Array.isArray(invalidate) &&
    invalidate.every((tag) => typeof tag === 'string') &&
    typeof headers === 'object' &&
    headers !== null &&
    Object.values(headers).every((value) => value === null || typeof value === 'string') &&
    (sent === undefined || typeof sent === 'number')
  );
}
