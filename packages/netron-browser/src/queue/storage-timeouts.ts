/**
 * Time limits for a storage, so that nothing waits forever for one that does not answer. An operation that timed out may still complete;
 * the next operation on the same call runs after it.
 */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { TimeLimit, within } from '../util/limit.js';
import type { QueueStorage } from './storage.js';

/** Milliseconds for an answer. */
const timeout = 10_000;

/** Wraps a storage so that each operation fails with `deadline_exceeded` after 10 s. Operations on one call run in order. */
export function withTimeouts(storage: QueueStorage, clock: Clock): QueueStorage {
  const limited = <T>(step: Promise<T>): Promise<T> =>
    within(step, new TimeLimit(clock, timeout, undefined, 'the queue storage'));
  /** Last unfinished operation of each call. */
  const last = new Map<string, Promise<unknown>>();
  const inOrder = <T>(id: string, step: () => Promise<T>): Promise<T> => {
    const before = last.get(id);
    const done = (async () => {
      await before?.catch(() => {});
      return step();
    })();
    last.set(id, done);
    const over = () => {
      if (last.get(id) === done) last.delete(id);
    };
    done.then(over, over);
    return limited(done);
  };
  return {
    list: (owner) => limited((async () => storage.list(owner))()),
    put: (call) => inOrder(call.id, () => storage.put(call)),
    update: (call) => inOrder(call.id, () => storage.update(call)),
    delete: (id) => inOrder(id, () => storage.delete(id)),
  };
}
