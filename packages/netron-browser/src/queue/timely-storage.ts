/**
 * A storage that does not answer has failed: nothing waits for it without an end. What was given up may be done all the same; the next
 * step of the same call is done behind it.
 */
import type { Clock } from '@omnitron-dev/netron/http/client';
import { TimeLimit, within } from '../util/limit.js';
import type { QueueStorage } from './storage.js';

/** Milliseconds for an answer. */
const longest = 10_000;

/** The same storage, of which each step fails with `deadline_exceeded` after 10 s. Those of one call are done in order. */
export function timely(storage: QueueStorage, clock: Clock): QueueStorage {
  const answer = <T>(step: Promise<T>): Promise<T> =>
    within(step, new TimeLimit(clock, longest, undefined, 'a step of the storage of changes'));
  /** Last step of each call that has not been done yet. */
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
    return answer(done);
  };
  return {
    list: (owner) => answer((async () => storage.list(owner))()),
    put: (call) => inOrder(call.id, () => storage.put(call)),
    update: (call) => inOrder(call.id, () => storage.update(call)),
    delete: (id) => inOrder(id, () => storage.delete(id)),
  };
}
