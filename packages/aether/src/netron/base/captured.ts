/** The read that a method of a service starts before its first `await`, which `useQuery` tracks. */
import type { QueryOptions } from '@omnitron-dev/netron-browser';

/** A read started by a method of a service. */
export interface CapturedRead {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: QueryOptions;
}

let captured: CapturedRead[] | undefined;

/** Records a read, if a capture is active. */
export function capture(read: CapturedRead): void {
  captured?.push(read);
}

/** Runs `action` and returns its result with the reads that it started before it returned. */
export function capturing<T>(action: () => T): { readonly result: T; readonly reads: readonly CapturedRead[] } {
  const outer = captured;
  const reads: CapturedRead[] = [];
  captured = reads;
  try {
    return { result: action(), reads };
  } finally {
    captured = outer;
  }
}
