/** Delivery of published events to their subscribers, independent of failures of single ones. */
import type { Hold } from '../util/delivery-queue.js';
import type { Publication, Subscriber } from './subscriber.js';

/**
 * Delivers a publication to subscribers, without waiting for them.
 *
 * @param failed called with errors of subscribers
 * @returns a promise when a subscriber asks the publisher to slow down; it never rejects
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
