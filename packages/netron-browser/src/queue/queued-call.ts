/** A call to be made now or later, and the dependencies of the queue. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { Outdated } from '../cache/patterns.js';
import type { Activity } from '../query/activity.js';
import type { Channel, Locks } from '../util/locks.js';
import type { QueueStorage, StoredCall } from './storage.js';

/** A call to be made now or later. */
export interface QueuedCall {
  /** Server and user that the call belongs to. */
  readonly owner: string;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  /** Headers that differ from the peer's, and `null` for those to leave out; names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly scope: string;
  readonly key: string;
  readonly invalidate: readonly string[];
}

/** Result of a change. */
export interface ChangeResult {
  readonly value: unknown;
  readonly outdated: Outdated;
}

/** Dependencies of a queue. */
export interface CallQueueParts {
  readonly storage: QueueStorage;
  /** Names of headers that may be stored, in lower case. */
  readonly storable: ReadonlySet<string>;
  readonly clock: Clock;
  readonly activity: Activity;
  /** `undefined` when there is only one tab. */
  readonly locks: Locks | undefined;
  readonly channel: Channel | undefined;
  /** Returns the server and the user of this moment. Keeps waiting for that user's name even when the user changes. */
  owner(): Promise<string>;
  /** Returns the server and the current user, once the name of the user is known. */
  currentUser(): Promise<string>;
  /** Sends a call and returns its result. */
  send(call: StoredCall): Promise<ChangeResult>;
  /** Receives results whose caller is gone, such as those of calls from before a reload. */
  unawaited(result: ChangeResult): void;
  /** Returns the milliseconds for which the server remembers the key of a call; `Infinity` when the call may run twice. */
  window(call: StoredCall): Promise<number>;
  /** Receives calls that have failed for good when their caller is gone. */
  readonly failed: ((call: StoredCall, error: unknown) => void) | undefined;
}
