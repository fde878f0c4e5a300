import type { CallOptions } from '../../service/call/options.js';

/** Service and method that a call is made to, for messages of errors. */
export interface CallTarget {
  readonly service: string;
  readonly method: string;
}

/** Sends calls over one connection: what the parts of a peer use of `OutgoingCalls`. */
export interface CallSender {
  /**
   * Calls member number `member` of the object behind `handle` at the other end.
   *
   * @param handle 0 for the node itself
   */
  call(handle: number, member: number, args: unknown[], target: CallTarget, options?: CallOptions): Promise<unknown>;
}
