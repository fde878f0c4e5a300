/** A call to be made now or later, and the parts of the queue that it goes through. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import type { Channel, Locks } from '../util/locks.js';
import type { QueueStorage, StoredCall } from './storage.js';

/** A call to be made, now or later. */
export interface QueuedCall {
  /** Server and user that it is of. */
  readonly owner: string;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  /** Headers that are other than the peer's, and `null` for those that it goes without; names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly scope: string;
  readonly key: string;
  readonly invalidate: readonly string[];
}

/** Parts of a queue. */
export interface CallQueueParts {
  readonly storage: QueueStorage;
  /** Names of headers that may be stored, in lower case. */
  readonly storable: ReadonlySet<string>;
  readonly clock: Clock;
  readonly activity: Activity;
  /** `undefined` where there is one tab only. */
  readonly locks: Locks | undefined;
  readonly channel: Channel | undefined;
  /** Server and user that is spoken for at this moment, also where somebody else is named before it is known who that is. */
  owner(): Promise<string>;
  /** Server and user that is spoken for when that is known. */
  present(): Promise<string>;
  /** Sends a call and gives its result. */
  send(call: StoredCall): Promise<unknown>;
  /** Milliseconds for which the server knows the key of a call again; `Infinity` where it may run twice. */
  window(call: StoredCall): Promise<number>;
  /** Told of calls that have failed for good and that nobody waits for any more. */
  readonly failed: ((call: StoredCall, error: unknown) => void) | undefined;
}
