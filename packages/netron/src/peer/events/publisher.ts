/**
 * Publishes this node's events to the other end of a link: accepts its subscriptions and sends it their events. Only full nodes emit
 * events; clients do not.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { AskLimits, Publication, Subscriber } from '../../events/subscriber.js';
import { isWildcard } from '../../events/topic.js';
import type { CallPeer } from '../../middleware/call.js';
import type { BoundService } from '../../service/call/bound-service.js';
import { Fifo } from '../../util/fifo.js';
import { LazyMap } from '../../util/lazy-map.js';
import { defaultLimits, type Limits } from '../../wire/limits.js';
import { writeEventOf } from '../../wire/packets.js';
import type { CallSender } from '../calls/call-sender.js';
import type { Outbox } from '../link/outbox.js';
import { systemCallee, systemMembers } from '../system/members.js';
import { events, observeEvent } from '../tracing.js';
import type { EventEncoder } from './event-encoder.js';
import { type NewsLink, type NewsNode, ServiceNews } from './service-news.js';

/** Most events that wait for a slow link; beyond it, the oldest is dropped and counted. */
const maxWaiting = 1_000;

/** The members of the node that publishers use. */
export interface PublisherNode extends NewsNode {
  readonly events: EventEncoder;
  /** Asks the program whether a caller may subscribe; `undefined` when no permission is needed. */
  allow(caller: CallPeer, service: object | undefined, pattern: string): Promise<void> | undefined;
  /**
   * Connects a peer's subscription to the node's bus, or to the events of `service`.
   *
   * @returns a function that ends the subscription
   * @throws NetronError `permission_denied`
   */
  attach(service: object | undefined, subscriber: Subscriber): () => void;
}

/** The members of the link that a publisher uses. */
export interface PublishingLink extends NewsLink {
  readonly node: { readonly limits: Pick<Limits, 'subscriptions'> };
  readonly outbox: Pick<Outbox, 'behind' | 'full' | 'long' | 'send'>;
  readonly calls: CallSender;
  readonly exports: { get(handle: number): BoundService | undefined };
  reportError(error: unknown): void;
}

interface Accepted {
  /** The service that emits the events; the node's own bus when absent. */
  service: object | undefined;
  readonly subscriber: Subscriber;
  /** Removes it from the bus; absent while its authorization is pending. */
  detach: (() => void) | undefined;
  /** The last pending authorization. */
  question: Promise<void> | undefined;
}

export class Publisher {
  /** Events dropped because the other end did not read them in time. */
  dropped = 0;
  /** Announces services that are added and removed. */
  readonly services: ServiceNews;
  readonly #link: PublishingLink;
  readonly #node: PublisherNode;
  readonly #subscriptions = new LazyMap<number, Accepted>();
  readonly #waiting = new Fifo<{ id: number; named: boolean; publication: Publication }>();
  /** Whether a long event is being sent in parts: later events must not overtake it. */
  #long = false;
  /** Whether the other end is draining. */
  #leaving = false;

  /**
   * @param announced services that the hello has named; all others are announced now
   * @param concealed services among them that were removed since; others may have their names
   */
  constructor(link: PublishingLink, node: PublisherNode, announced: readonly string[], concealed: readonly BoundService[]) {
    this.#link = link;
    this.#node = node;
    this.services = new ServiceNews(link, node, announced, concealed);
  }

  /** Number of subscriptions. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Number of events that wait until the link has room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Accepts a subscription of the other end.
   *
   * @throws NetronError `permission_denied`, `resource_exhausted`, `not_found`, `invalid_argument`
   */
  accept(id: number, handle: number, pattern: string): void | Promise<void> {
    const { node } = this.#link;
    const limit = node.limits.subscriptions;
    if (this.#subscriptions.has(id)) throw new NetronError('invalid_argument', `subscription ${id} already exists`);
    if (this.#subscriptions.size >= limit) throw new NetronError('resource_exhausted', `${limit} subscriptions already exist`);
    const named = isWildcard(pattern);
    const leaving = (): boolean => this.#leaving;
    const subscriber: Subscriber = {
      pattern,
      get leaving() {
        return leaving();
      },
      deliver: (publication) => this.#deliver(id, named, publication),
      ask: ({ event, data }, limits) => this.#ask(id, event, data, limits),
    };
    const service = handle === 0 ? undefined : this.#link.exports.get(handle)?.target;
    if (handle !== 0 && service === undefined) throw new NetronError('not_found', 'no such service');
    const accepted: Accepted = { service, subscriber, detach: undefined, question: undefined };
    // A pending subscription counts towards the limit and can be ended.
    this.#subscriptions.set(id, accepted);
    return this.#admit(id, accepted);
  }

  /** Connects a subscription to the bus when the peer is allowed to receive its events; ends it otherwise. */
  #admit(id: number, accepted: Accepted): void | Promise<void> {
    const attach = (): void => {
      accepted.detach = this.#node.attach(accepted.service, accepted.subscriber);
    };
    const refuse = (error: unknown): never => {
      if (this.#subscriptions.get(id) === accepted) this.#subscriptions.delete(id);
      throw error;
    };
    try {
      const allowed = this.#node.allow(this.#link.owner, accepted.service, accepted.subscriber.pattern);
      accepted.question = allowed;
      if (allowed === undefined) return attach();
      return allowed
        .then(() => {
          if (this.#subscriptions.get(id) !== accepted) return undefined;
          // The identity of the peer has changed in the meantime: the later decision counts.
          return accepted.question === allowed ? attach() : accepted.question;
        })
        .catch(refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  /** Ends a subscription of the other end. */
  drop(id: number): void {
    this.#subscriptions.get(id)?.detach?.();
    this.#subscriptions.delete(id);
  }

  /** Handles another identity of the peer: it sees other services, and subscriptions that are not allowed end. */
  recheck(): void {
    this.services.recheck();
    for (const id of [...this.#subscriptions.keys()]) {
      const accepted = this.#subscriptions.get(id);
      if (accepted === undefined) continue;
      // No events are delivered until the new identity is authorized.
      accepted.detach?.();
      accepted.detach = undefined;
      void (async () => this.#admit(id, accepted))().catch(() => {});
    }
  }

  /** Moves subscriptions of a replaced service to the new one. */
  replace(before: object, after: object): void {
    for (const id of this.#subscriptions.keys()) {
      const accepted = this.#subscriptions.get(id);
      if (accepted?.service !== before) continue;
      accepted.service = after;
      if (accepted.detach === undefined) continue;
      accepted.detach();
      accepted.detach = this.#node.attach(after, accepted.subscriber);
    }
  }

  /** Ends the subscriptions to a service that peers can no longer see. */
  conceal(service: object): void {
    for (const id of this.#subscriptions.keys()) if (this.#subscriptions.get(id)?.service === service) this.drop(id);
  }

  /** Stops asking the other end, which accepts no more calls. It still receives events while it is connected. */
  leave(): void {
    this.#leaving = true;
  }

  /** Continues when the outbox has room again. */
  drained(): void {
    while (!this.#link.outbox.full && !this.#long) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      // The subscription has ended in the meantime, or is not authorized for the present identity.
      if (this.#subscriptions.get(event.id)?.detach === undefined) continue;
      this.#send(event.id, event.named, event.publication);
    }
  }

  close(): void {
    for (const { detach } of this.#subscriptions.values()) detach?.();
    this.#subscriptions.clear();
    this.#waiting.clear();
  }

  #deliver(id: number, named: boolean, publication: Publication): void {
    if (!this.#link.outbox.full && !this.#long && this.#waiting.size === 0) return this.#send(id, named, publication);
    if (this.#waiting.size >= maxWaiting) {
      this.#waiting.shift();
      this.dropped += 1;
    }
    this.#waiting.push({ id, named, publication });
  }

  #send(id: number, named: boolean, publication: Publication): void {
    if (!events.active) return this.#write(id, named, publication);
    const { event, data } = publication;
    observeEvent(this.#link.owner.id, 'out', event, data, () => this.#write(id, named, publication));
  }

  #write(id: number, named: boolean, publication: Publication): void {
    try {
      // Encoded before the packet begins: reading the data may run code of the program.
      const { events } = this.#node;
      const { accepted } = this.#link;
      const body =
        accepted.depth < defaultLimits.depth ? events.encodeFor(accepted, publication, named) : events.encode(publication, named);
      const { outbox } = this.#link;
      const { long } = outbox;
      outbox.send(writeEventOf, id, body);
      if (outbox.long > long) this.#follow();
    } catch (error) {
      this.#link.reportError(error);
    }
  }

  /** Sends further events after a long one. */
  #follow(): void {
    this.#long = true;
    this.#link.outbox.behind(() => {
      this.#long = false;
      this.drained();
    });
  }

  #ask(id: number, event: string, data: unknown, limits: AskLimits): Promise<unknown> {
    const { outbox } = this.#link;
    if (this.#long) return new Promise((resolve) => outbox.behind(() => resolve(this.#ask(id, event, data, limits))));
    const { timeoutMs, signal } = limits;
    const { long } = outbox;
    // No timeout is meant: the default for calls must not apply.
    const options = { timeout: timeoutMs ?? Infinity, ...(signal !== undefined && { signal }) };
    const callee = systemCallee(systemMembers.answer, `emit ${event}`);
    const answer = this.#link.calls.call(callee, [id, event, data], options);
    if (outbox.long > long) this.#follow();
    return answer;
  }
}
