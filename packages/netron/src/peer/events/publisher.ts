/**
 * What the other end of a link hears of this node: receives its subscriptions, and sends it the events they are for and
 * word of services that come and go. Only whole nodes have something to tell.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { AskLimits, Publication, Subscriber } from '../../events/subscriber.js';
import { isWildcard } from '../../events/topic.js';
import type { BoundService } from '../../service/call/bound-service.js';
import { Fifo } from '../../util/fifo.js';
import { LazyMap } from '../../util/lazy-map.js';
import { defaultLimits, type Limits } from '../../wire/limits.js';
import { writeEventOf, writeServices } from '../../wire/packets.js';
import type { CallSender } from '../calls/call-sender.js';
import type { Outbox } from '../link/outbox.js';
import { systemMembers } from '../system/members.js';
import type { EventEncoder } from './event-encoder.js';

/** Events that wait for a slow link at most; then the oldest is dropped and counted (RELIABILITY F6). */
const maxWaiting = 1_000;

/** Services named in one packet at most. */
const announcedAtOnce = 256;

/** Bytes of the longest `name@version` in a packet. */
const longestAnnounced = 200;

/** What audiences need of their node. */
export interface PublisherNode {
  readonly events: EventEncoder;
  /** Names of the services that are exposed, as `name@version`. */
  names(): string[];
  /**
   * Connects a peer's subscription with the node's bus, or with the events of `service`.
   *
   * @returns ends it
   * @throws NetronError `permission_denied`
   */
  attach(service: object | undefined, subscriber: Subscriber): () => void;
}

/** What a publisher uses of its link. */
export interface PublishingLink {
  readonly node: { readonly limits: Pick<Limits, 'subscriptions'> };
  readonly outbox: Pick<Outbox, 'attempt' | 'full'>;
  readonly calls: CallSender;
  readonly exports: { get(handle: number): BoundService | undefined };
  /** What the other end accepts. */
  readonly accepted: Readonly<Limits>;
  reportError(error: unknown): void;
}

interface Accepted {
  /** The service whose events it is for; the node's own bus when absent. */
  readonly service: object | undefined;
  readonly subscriber: Subscriber;
  detach: () => void;
}

export class Publisher {
  /** Events dropped because the other end did not take them in time. */
  dropped = 0;
  readonly #link: PublishingLink;
  readonly #node: PublisherNode;
  readonly #subscriptions = new LazyMap<number, Accepted>();
  readonly #waiting = new Fifo<{ id: number; named: boolean; publication: Publication }>();

  /**
   * @param told services that hello has named; of all others the other end is told now
   * @param concealed those of them that are gone since; others may have their names
   */
  constructor(
    link: PublishingLink,
    publisherNode: PublisherNode,
    announced: readonly string[],
    concealed: readonly BoundService[],
  ) {
    this.#link = link;
    this.#node = publisherNode;
    this.#announceSince(
      announced,
      concealed.map(({ definition }) => `${definition.name}@${definition.version}`),
    );
  }

  /** How many subscriptions there are. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Events that wait for the link to have room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * The other end subscribes.
   *
   * @throws NetronError `permission_denied`, `resource_exhausted`, `not_found`, `invalid_argument`
   */
  accept(id: number, handle: number, pattern: string): void {
    const { node } = this.#link;
    const limit = node.limits.subscriptions;
    if (this.#subscriptions.has(id)) throw new NetronError('invalid_argument', `subscription ${id} exists already`);
    if (this.#subscriptions.size >= limit) throw new NetronError('resource_exhausted', `${limit} subscriptions exist already`);
    const named = isWildcard(pattern);
    const subscriber: Subscriber = {
      pattern,
      deliver: (publication) => this.#deliver(id, named, publication),
      ask: ({ event, data }, limits) => this.#ask(id, event, data, limits),
    };
    const service = handle === 0 ? undefined : this.#link.exports.get(handle)?.target;
    if (handle !== 0 && service === undefined) throw new NetronError('not_found', 'no such service');
    this.#subscriptions.set(id, { service, subscriber, detach: this.#node.attach(service, subscriber) });
  }

  /** The other end unsubscribes. */
  drop(id: number): void {
    this.#subscriptions.get(id)?.detach();
    this.#subscriptions.delete(id);
  }

  /** The other end is somebody else now: subscriptions that would be refused today end. */
  recheck(): void {
    for (const id of [...this.#subscriptions.keys()]) {
      const accepted = this.#subscriptions.get(id);
      if (accepted === undefined) continue;
      accepted.detach();
      try {
        accepted.detach = this.#node.attach(accepted.service, accepted.subscriber);
      } catch {
        this.#subscriptions.delete(id);
      }
    }
  }

  /** A service of this node is no longer there for peers: nothing more is heard of it. */
  conceal(service: object): void {
    for (const id of this.#subscriptions.keys()) if (this.#subscriptions.get(id)?.service === service) this.drop(id);
  }

  /** The outbox has room again. */
  drained(): void {
    while (!this.#link.outbox.full) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      if (!this.#subscriptions.has(event.id)) continue; // it has ended in the meantime
      this.#send(event.id, event.named, event.publication);
    }
  }

  /** Tells the other end which services came and went. */
  announce(added: readonly string[], removed: readonly string[]): void {
    this.#link.outbox.attempt((writer) => writeServices(writer, added, removed));
  }

  close(): void {
    for (const { detach } of this.#subscriptions.values()) detach();
    this.#subscriptions.clear();
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
    try {
      // Before the packet begins: reading the data may run code of the program.
      const { events } = this.#node;
      const { accepted } = this.#link;
      const body =
        accepted.depth < defaultLimits.depth ? events.encodeFor(accepted, publication, named) : events.encode(publication, named);
      this.#link.outbox.attempt((writer) => writeEventOf(writer, id, body));
    } catch (error) {
      this.#link.reportError(error);
    }
  }

  #ask(id: number, event: string, data: unknown, { timeoutMs, signal }: AskLimits): Promise<unknown> {
    // Without limit is without limit: that of calls is for calls.
    const options = { timeout: timeoutMs ?? Infinity, ...(signal !== undefined && { signal }) };
    const target = { service: 'netron', method: `emit ${event}` };
    return this.#link.calls.call(0, systemMembers.answer, [id, event, data], target, options);
  }

  /** Tells the other end what hello had no room for, and what has come and gone since it was written. */
  #announceSince(announced: readonly string[], concealed: readonly string[]): void {
    const before = new Set(announced);
    for (const name of concealed) before.delete(name);
    const now = this.#node.names();
    const added = now.filter((name) => !before.delete(name));
    const removed = [...concealed, ...before];
    const { elements, message } = this.#link.accepted;
    const atOnce = Math.min(announcedAtOnce, elements >> 1, Math.floor(message / longestAnnounced) - 1);
    for (let from = 0; from < removed.length; from += atOnce) this.announce([], removed.slice(from, from + atOnce));
    for (let from = 0; from < added.length; from += atOnce) this.announce(added.slice(from, from + atOnce), []);
  }
}
