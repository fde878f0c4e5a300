import type { CallContext } from '../../service/call/context.js';
import type { CallOptions } from '../../service/call/options.js';
import type { Callee } from './callee.js';
import type { Settler } from './promises.js';

/**
 * Is notified once how a call ends, before the caller's promise settles. Used by load balancers and circuit breakers, which would
 * otherwise need a further promise per call. It is called while a message is being read and must only take notes.
 */
export interface CallWatcher {
  /** The parent of the watched call, set when the call is sent. */
  parent: CallContext | undefined;
  answered(result: unknown): void;
  /**
   * @param error tells by its `outcome` whether the method ran
   * @param settler settles the call's promise
   * @returns `true` when the watcher will settle the promise itself; a retry then needs no further promise
   */
  failed(error: unknown, settler: Settler): boolean;
}

/** Sends calls over one connection: the part of `OutgoingCalls` that a peer uses. */
export interface CallSender {
  /**
   * @param args `undefined` for a callee with a path: reads the property there
   * @param watcher is notified how the call ends
   */
  call(callee: Callee, args: unknown[] | undefined, options?: CallOptions, watcher?: CallWatcher): Promise<unknown>;
}
