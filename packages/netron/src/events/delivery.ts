/** Published events on their way: receives a publication and those who get it, hands it to each, whatever one of them does. */
import type { Hold } from '../util/delivery-queue.js';
import type { Publication, Subscriber } from './subscriber.js';

/**
 * Gives a publication to subscribers, without waiting for them.
 *
 * @param failed told of those that throw
 * @returns something to await when one of them asks the publisher to slow down; it never rejects
 */
export function deliver(publication: Publication, subscribers: readonly Subscriber[], failed: (error: unknown) => void): Hold {
  const holds: PromiseLike<void>[] = [];
  for (const subscriber of subscribers) {
    try {
      const hold = subscriber.deliver(publication);
      if (hold) holds.push(hold);
    } catch (error) {
      failed(error);
    }
  }
  if (holds.length === 0) return undefined;
  return Promise.all(holds).then(() => {}, failed);
}
