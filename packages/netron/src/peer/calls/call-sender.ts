import type { CallContext } from '../../service/call/context.js';
import type { CallOptions } from '../../service/call/options.js';
import type { Callee } from './callee.js';
import type { Settler } from './promises.js';

/**
 * Hears how one call ends, once, before whoever awaits its promise: for balancers and breakers, which would else need a
 * promise of their own for each call. Called from the middle of reading a message: it notes, and does nothing else.
 */
export interface CallWatcher {
  /** The call that the watched one is made for: set when that is sent. */
  parent: CallContext | undefined;
  answered(result: unknown): void;
  /**
   * @param error says by its `outcome` whether the method ran
   * @param settler settles the call's promise
   * @returns `true` when the watcher settles it, later: a repeat then needs no promise of its own
   */
  failed(error: unknown, settler: Settler): boolean;
}

/** Sends calls over one connection: what the parts of a peer use of `OutgoingCalls`. */
export interface CallSender {
  /**
   * @param args `undefined` for a callee with a path: reads what is there
   * @param watcher hears how the call ends
   */
  call(callee: Callee, args: unknown[] | undefined, options?: CallOptions, watcher?: CallWatcher): Promise<unknown>;
}
