import type { MemberKind } from '../../middleware/member.js';
import type { CallOptions } from '../../service/call/options.js';

/** Target of a call: for messages of errors, and for observers. */
export interface CallTarget {
  readonly service: string;
  readonly method: string;
  /** Default `0.0.0`. */
  readonly version?: string;
  /** Default `method`. */
  readonly kind?: MemberKind;
}

/**
 * Hears how one call ends, once, before whoever awaits its promise: for balancers and breakers, which would else need a
 * promise of their own for each call. Called from the middle of reading a message: it notes, and does nothing else.
 */
export interface CallWatcher {
  answered(result: unknown): void;
  /** @param error says by its `outcome` whether the method ran */
  failed(error: unknown): void;
}

/** Sends calls over one connection: what the parts of a peer use of `OutgoingCalls`. */
export interface CallSender {
  /**
   * Calls member number `member` of the object behind `handle` at the other end.
   *
   * @param handle 0 for the node itself
   * @param watcher hears how the call ends
   */
  call(
    handle: number,
    member: number,
    args: unknown[],
    target: CallTarget,
    options?: CallOptions,
    watcher?: CallWatcher,
  ): Promise<unknown>;
}
