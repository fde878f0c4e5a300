/**
 * Events over one link, both ways: receives event packets for this node's handlers, and publications of this node for
 * the other end's subscriptions.
 */
import { NetronError } from '../errors/netron-error.js';
import type { AskLimits, Publication, Subscriber } from '../events/subscriber.js';
import { isWildcard } from '../events/topic.js';
import { Fifo } from '../util/fifo.js';
import { LazyMap } from '../util/lazy-map.js';
import { writeEventOf } from '../wire/packets.js';
import type { Link } from './link.js';
import { systemMembers } from './system-members.js';

/** Hears of an event: its data, then its name. */
export type EventListener = (data: unknown, event: string) => unknown;

/** Events that wait for a slow link at most; then the oldest is dropped and counted (RELIABILITY F6). */
const maxWaiting = 1_000;

interface Subscribed {
  readonly pattern: string;
  readonly listener: EventListener;
}

/** A subscription of the other end. */
interface Accepted {
  /** The service whose events it is for; the node's own bus when absent. */
  readonly service: object | undefined;
  readonly detach: () => void;
}

export class Subscriptions {
  /** Events dropped because the other end did not take them in time. */
  dropped = 0;
  readonly #link: Link;
  readonly #limit: number;
  readonly #mine = new LazyMap<number, Subscribed>();
  readonly #theirs = new LazyMap<number, Accepted>();
  readonly #waiting = new Fifo<{ id: number; named: boolean; publication: Publication }>();
  #next = 1;

  /** @param limit subscriptions of the other end at a time */
  constructor(link: Link, limit: number) {
    this.#link = link;
    this.#limit = limit;
  }

  /** Subscriptions of the other end. */
  get size(): number {
    return this.#theirs.size;
  }

  /**
   * Asks the other end for events.
   *
   * @param handle 0 for the node's bus, else a service
   * @returns ends the subscription
   */
  async subscribe(handle: number, pattern: string, listener: EventListener): Promise<() => Promise<void>> {
    const id = this.#next;
    this.#next += 1;
    this.#mine.set(id, { pattern, listener });
    try {
      await this.#system(systemMembers.subscribe, [id, handle, pattern]);
    } catch (error) {
      this.#mine.delete(id);
      throw error;
    }
    return async () => {
      if (!this.#mine.delete(id) || !this.#link.open) return;
      await this.#system(systemMembers.unsubscribe, [id]).catch((error: unknown) => {
        // It ends with the connection.
        if (this.#link.open && !NetronError.is(error, 'unavailable')) throw error;
      });
    };
  }

  /** An event packet. */
  event(id: number, name: string | undefined, data: unknown): void {
    const subscribed = this.#mine.get(id);
    if (subscribed === undefined) return;
    try {
      const done = subscribed.listener(data, name ?? subscribed.pattern);
      // The promise of a call is none of `Promise`.
      if (typeof done === 'object' && done !== null && 'then' in done) {
        Promise.resolve(done).catch((error: unknown) => this.#link.unheard(error));
      }
    } catch (error) {
      this.#link.unheard(error);
    }
  }

  /** The other end emits an event and waits for this node's answer. */
  answer(id: number, name: string, data: unknown): unknown {
    const subscribed = this.#mine.get(id);
    if (subscribed === undefined) throw new NetronError('not_found', 'no such subscription');
    return subscribed.listener(data, name);
  }

  /**
   * The other end subscribes.
   *
   * @throws NetronError `permission_denied`, `resource_exhausted`, `not_found`, `invalid_argument`
   */
  accept(id: number, handle: number, pattern: string): void {
    if (this.#theirs.has(id)) throw new NetronError('invalid_argument', `subscription ${id} exists already`);
    if (this.#theirs.size >= this.#limit)
      throw new NetronError('resource_exhausted', `${this.#limit} subscriptions exist already`);
    const named = isWildcard(pattern);
    const subscriber: Subscriber = {
      pattern,
      deliver: (publication) => this.#deliver(id, named, publication),
      ask: ({ event, data }, limits) => this.#ask(id, event, data, limits),
    };
    const service = handle === 0 ? undefined : this.#link.exports.get(handle)?.target;
    if (handle !== 0 && service === undefined) throw new NetronError('not_found', 'no such service');
    this.#theirs.set(id, { service, detach: this.#link.node.attachRemote(this.#link.owner, service, subscriber) });
  }

  /** The other end unsubscribes. */
  drop(id: number): void {
    this.#theirs.get(id)?.detach();
    this.#theirs.delete(id);
  }

  /** A service of this node is no longer there for peers: nothing more is heard of it. */
  conceal(service: object): void {
    for (const id of this.#theirs.keys()) if (this.#theirs.get(id)?.service === service) this.drop(id);
  }

  /** The outbox has room again. */
  drained(): void {
    while (!this.#link.outbox.full) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      if (!this.#theirs.has(event.id)) continue; // it has ended in the meantime
      this.#send(event.id, event.named, event.publication);
    }
  }

  close(): void {
    for (const { detach } of this.#theirs.values()) detach();
    this.#theirs.clear();
    this.#mine.clear();
    this.#waiting.clear();
  }

  #deliver(id: number, named: boolean, publication: Publication): void {
    if (!this.#link.outbox.full && this.#waiting.size === 0) return this.#send(id, named, publication);
    if (this.#waiting.size >= maxWaiting) {
      this.#waiting.shift();
      this.dropped += 1;
    }
    this.#waiting.push({ id, named, publication });
  }

  #send(id: number, named: boolean, publication: Publication): void {
    const { outbox, node } = this.#link;
    for (;;) {
      outbox.begin();
      try {
        const encoded = node.events.encode(publication, named);
        writeEventOf(outbox.writer, id, encoded.bytes, encoded.elements);
        return outbox.commit();
      } catch (error) {
        if (!outbox.recover(error)) return this.#link.unheard(error);
      }
    }
  }

  #ask(id: number, event: string, data: unknown, { timeoutMs, signal }: AskLimits): Promise<unknown> {
    // Without limit is without limit: that of calls is for calls.
    const options = { timeout: timeoutMs ?? Infinity, ...(signal !== undefined && { signal }) };
    const label = { service: 'netron', method: `emit ${event}` };
    return this.#link.calls.call(0, systemMembers.answer, [id, event, data], label, options);
  }

  #system(member: number, args: unknown[]): Promise<unknown> {
    return this.#link.calls.call(0, member, args, { service: 'netron', method: 'subscribe' });
  }
}
