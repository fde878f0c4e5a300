/** Deadline, cancellation and header of a call, from its options and from the call that it is made for. */
import type { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import { type CallOptions, sentAlong, timeOf } from '../../service/call/options.js';
import { onAbort } from '../../util/on-abort.js';
import type { CallHeader } from '../../wire/packets.js';
import { canceledBy } from './call-failures.js';
import type { CallTarget } from './callee.js';

/** Returns the reason why a call is over before it began; `undefined` when it is not. */
export function abortedBefore(
  target: CallTarget,
  options: CallOptions | undefined,
  parent: CallContext | undefined,
): NetronError | undefined {
  if (options?.signal?.aborted) return canceledBy(target, options.signal.reason);
  return parent?.abortReason === undefined ? undefined : canceledBy(target, parent.abortReason);
}

/** Calls `cancel` when the signal or the call it is made for is aborted; returns a function that ends it. */
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

/** Returns the facts of the call that travel; the deadline when somebody has asked for one. */
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
