import type { CallOptions } from '../../service/call/options.js';
import type { PendingCall } from './pending.js';

/** Results of calls under way, on one link: named in other calls, which then go in one round trip. */
export interface CallResults {
  /**
   * A call could not be written.
   *
   * @param unsent nothing else has become of it meanwhile
   * @returns whether that was for the result of another call, and is taken care of
   */
  notWritten(
    slot: PendingCall,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    error: unknown,
    unsent: boolean,
  ): boolean;
}
