import type { CallOptions } from '../../service/call/options.js';
import type { PendingCall } from './pending.js';

/** Results of pending calls on one link. Other calls can refer to them, so that all of them take one round trip. */
export interface CallResults {
  /**
   * Handles a call that could not be written.
   *
   * @param unsent whether the call is still unsent and pending
   * @returns whether the reason was the pending result of another call, and this has handled it
   */
  notWritten(
    slot: PendingCall,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    error: unknown,
    unsent: boolean,
  ): boolean;
}
