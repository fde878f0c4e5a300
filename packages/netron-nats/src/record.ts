/** Reads what anybody may have written into the buckets, as far as discovery looks at it; the view reads the rest. */
import { recordLimits } from '@omnitron-dev/netron/discovery';

/** Whether a record is longer than any is read. */
export const tooLong = (record: string): boolean => record.length > recordLimits.size;

/** A field of a record; `undefined` for what is no record. */
export function fieldOf(record: string, name: string): unknown {
  if (tooLong(record)) return undefined;
  try {
    return (JSON.parse(record) as Record<string, unknown> | null)?.[name];
  } catch {
    return undefined;
  }
}

/** The run of a node that has written a record. */
export function instanceOf(record: Uint8Array | undefined): string | undefined {
  if (record === undefined || record.length === 0) return undefined;
  const instance = fieldOf(new TextDecoder().decode(record), 'instance');
  return typeof instance === 'string' ? instance : undefined;
}
