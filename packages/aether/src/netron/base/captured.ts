/** Calls that a method of a service starts before its first `await`: `useQuery` tracks the reads, `useMutation` passes options to the change. */
import type { QueryOptions } from '@omnitron-dev/netron-browser';
import type { MutateOptions } from '../types.js';

/** A read started by a method of a service. */
export interface CapturedRead {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: QueryOptions;
}

/** Options for the first change that a method of a service starts. */
export interface PassedOptions {
  readonly service: object;
  readonly options: MutateOptions;
}

let captured: { readonly reads: CapturedRead[]; change: PassedOptions | undefined } | undefined;

/** Records a read, if a capture is active. */
export function capture(read: CapturedRead): void {
  captured?.reads.push(read);
}

/** Returns the options that are passed to a change of a service, once. */
export function takePassed(service: object): MutateOptions | undefined {
  const change = captured?.change;
  if (captured === undefined || change?.service !== service) return undefined;
  captured.change = undefined;
  return change.options;
}

/** Runs `action` and returns its result with the reads that it started before it returned. */
export function capturing<T>(
  action: () => T,
  change?: PassedOptions,
): { readonly result: T; readonly reads: readonly CapturedRead[] } {
  const outer = captured;
  const reads: CapturedRead[] = [];
  captured = { reads, change };
  try {
    return { result: action(), reads };
  } finally {
    captured = outer;
  }
}
