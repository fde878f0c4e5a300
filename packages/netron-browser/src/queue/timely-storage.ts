/** A storage that does not answer has failed: nothing waits for it without an end. */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { TimeLimit, within } from '../util/limit.js';
import type { QueueStorage } from './storage.js';

/** Milliseconds for an answer. */
const longest = 10_000;

/** The same storage, of which each step fails with `deadline_exceeded` after 10 s. It may be done all the same. */
export function timely(storage: QueueStorage, clock: Clock): QueueStorage {
  const answer = <T>(step: () => Promise<T>): Promise<T> =>
    within((async () => step())(), new TimeLimit(clock, longest, undefined, 'a step of the storage of changes'));
  return {
    list: (owner) => answer(() => storage.list(owner)),
    put: (call) => answer(() => storage.put(call)),
    update: (call) => answer(() => storage.update(call)),
    delete: (id) => answer(() => storage.delete(id)),
  };
}
