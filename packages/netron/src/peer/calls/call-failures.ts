/** Failures of calls at the caller: their errors, and how callers receive them. */
import { NetronError } from '../../errors/netron-error.js';
import { type CallOutcome, withOutcome } from '../../errors/outcome.js';
import type { CallWatcher } from './call-sender.js';
import type { CallTarget } from './callee.js';
import type { CallPromises, Settler } from './promises.js';

/** The caller of a pending call. */
export interface Waiter extends Settler {
  readonly watcher: CallWatcher | undefined;
}

/** Reports a failure to the caller, unless a watcher takes over the call. */
export function failCall(waiter: Waiter, error: unknown, outcome: CallOutcome): void {
  withOutcome(error, outcome);
  if (waiter.watcher?.failed(error, waiter) !== true) waiter.reject(error);
}

/** Returns the promise of a call that failed before it was sent. */
export function failedBefore(promises: CallPromises, error: unknown, watcher: CallWatcher | undefined): Promise<unknown> {
  const waiter = { watcher, resolve: () => {}, reject: () => {} };
  const promise = promises.make(waiter, undefined, 0);
  failCall(waiter, error, 'not_run');
  return promise;
}

/** Returns the name of a call for error messages. */
export function nameOf({ service, method }: Pick<CallTarget, 'service' | 'method'>): string {
  return `${service}.${method}`;
}

/** Returns the error for a call that was sent and not answered in time. */
export function tookTooLong(target: CallTarget): NetronError {
  const error = new NetronError('deadline_exceeded', `${nameOf(target)} did not answer before its deadline`);
  // Its own stack would show the ticker.
  error.stack = `${error.name}: ${error.message}\n    at ${nameOf(target)} (a remote peer)`;
  return error;
}

/** Returns the error for a call whose deadline passed while it was queued: it was never sent. */
export function notSent(target: CallTarget, inFlight: number): NetronError {
  const text = `${nameOf(target)} was not sent before its deadline: ${inFlight} calls are in flight`;
  return new NetronError('deadline_exceeded', text);
}

/** Returns the error for a call that its caller has canceled with `cause`. */
export function canceledBy(target: CallTarget, cause: unknown): NetronError {
  if (NetronError.is(cause, 'deadline_exceeded')) return tookTooLong(target);
  return new NetronError('canceled', `${nameOf(target)} was canceled`, { cause });
}

/** Returns the error for a value whose serialization makes a call. */
export function calledInside(target: CallTarget): NetronError {
  const text = `${nameOf(target)} was called while a value for the same peer was being serialized`;
  return new NetronError('invalid_argument', text);
}
