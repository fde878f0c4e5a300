/** Deadline, cancellation and header of a call, from its options and from its parent call. */
import type { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import { type CallOptions, sentAlong, timeOf } from '../../service/call/options.js';
import { onAbort } from '../../util/on-abort.js';
import type { CallHeader } from '../../wire/packets.js';
import { canceledBy } from './call-failures.js';
import type { CallTarget } from './callee.js';

/** Returns the error of a call that is aborted or late before it starts; otherwise `undefined`. */
export function abortedBefore(
  target: CallTarget,
  options: CallOptions | undefined,
  parent: CallContext | undefined,
): NetronError | undefined {
  if (options?.signal?.aborted) return canceledBy(target, options.signal.reason);
  return parent?.abortReason === undefined ? undefined : canceledBy(target, parent.abortReason);
}

/** Calls `cancel` when the signal or the parent call is aborted. Returns a function that stops listening. */
export function whenAborted(
  options: CallOptions | undefined,
  parent: CallContext | undefined,
  cancel: (reason: unknown) => void,
): (() => void) | undefined {
  const off = parent?.onAbort(cancel);
  if (options?.signal === undefined) return off;
  const unlisten = onAbort(options.signal, cancel);
  return () => {
    off?.();
    unlisten();
  };
}

/** @returns monotonic milliseconds, `Infinity` for none */
export function deadlineOf(
  now: number,
  requestTimeout: number,
  options: CallOptions | undefined,
  parent: CallContext | undefined,
): number {
  const own = now + timeOf(options, requestTimeout);
  return parent?.deadline === undefined ? own : Math.min(own, parent.deadline);
}

/** Returns the properties of the call that are sent: the deadline only when the program has set one. */
export function headerOf(
  deadline: number,
  now: number,
  options: CallOptions | undefined,
  parent: CallContext | undefined,
): CallHeader | undefined {
  if (options === undefined && parent === undefined) return undefined;
  const header = sentAlong(options, parent);
  const bounded = options?.timeout !== undefined || parent?.deadline !== undefined;
  if (!bounded || deadline === Infinity) return header;
  const timeoutMs = Math.max(0, Math.ceil(deadline - now));
  if (header === undefined) return { timeoutMs };
  header.timeoutMs = timeoutMs;
  return header;
}
