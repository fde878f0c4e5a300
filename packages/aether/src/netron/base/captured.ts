/** The read that a method of a service begins before its first `await`: what `useQuery` follows. */
import type { QueryOptions } from '@omnitron-dev/netron-browser';

/** Read that a service's method has begun. */
export interface CapturedRead {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: QueryOptions;
}

let captured: CapturedRead[] | undefined;

/** Notes a read, when somebody wants to know. */
export function capture(read: CapturedRead): void {
  captured?.push(read);
}

/** Runs `action` and returns its result with the reads it has begun until it returned. */
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
