/** Handlers of this node for events of other nodes: runs them for events and questions, and publishes their patterns. */
import { NetronError } from '../../errors/netron-error.js';
import { covers, isWildcard } from '../../events/topic.js';
import { sanitizeThrown } from '../../peer/link/sanitize-thrown.js';
import type { InFlight } from '../../util/in-flight.js';
import type { Presence, Tracked } from '../presence.js';
import { channelOfEvents, channelOfNode } from './channels.js';
import type { BackplaneLine } from './line.js';

/** Maximum number of handlers that run for other nodes at a time. */
const maxRunning = 10_000;

/** Handler of an event. */
export type BackplaneHandler = (data: unknown, event: string) => unknown;

/** Handlers of one pattern. */
interface Heard {
  readonly handlers: Map<number, BackplaneHandler>;
  /** Resolves when the channel is subscribed to. */
  readonly ready: Promise<void>;
}

/** Members of a node that runs handlers for others. */
export interface HandlingNode {
  /** Counts the handlers that run for questions. */
  readonly inFlight: Pick<InFlight, 'during'>;
  failed(error: unknown, event: string): void;
}

export class OwnHandlers {
  readonly #line: BackplaneLine;
  readonly #interest: Presence;
  readonly #node: HandlingNode;
  readonly #unheard: (channel: string) => void;
  readonly #heard = new Map<string, Heard>();
  /** Published entries of the handlers. */
  readonly #published = new Set<Tracked>();
  #next = 1;
  #running = 0;
  #leaving = false;

  /**
   * @param interest table in which the handlers are published to other nodes
   * @param unheard called with channels that are no longer subscribed to
   */
  constructor(node: HandlingNode, line: BackplaneLine, interest: Presence, unheard: (channel: string) => void) {
    this.#line = line;
    this.#interest = interest;
    this.#node = node;
    this.#unheard = unheard;
  }

  /** Lets a handler receive events of other nodes. Returns a function that ends this. */
  add(pattern: string, handler: BackplaneHandler): () => void {
    const heard = this.#heard.get(pattern) ?? this.#hear(pattern);
    const id = this.#next;
    this.#next += 1;
    heard.handlers.set(id, handler);
    // The handler is published only when events of other nodes reach this node.
    let entry: Tracked | undefined;
    heard.ready.then(
      () => {
        if (!heard.handlers.has(id)) return;
        entry = this.#interest.track(pattern, String(id), this.#leaving || undefined);
        this.#published.add(entry);
      },
      (error: unknown) => this.#node.failed(error, pattern),
    );
    return () => {
      if (!heard.handlers.delete(id)) return;
      if (entry !== undefined) {
        this.#published.delete(entry);
        entry.leave();
      }
      if (heard.handlers.size > 0) return;
      this.#heard.delete(pattern);
      this.#line.unsubscribe(channelOfEvents(pattern));
      this.#unheard(channelOfEvents(pattern));
    };
  }

  /** Tells other nodes to send no more questions to the handlers. */
  leave(): void {
    this.#leaving = true;
    for (const entry of this.#published) entry.update(true);
  }

  /** Handles an event that another node has published. */
  event(pattern: string, [event, data]: readonly unknown[]): void {
    const handlers = this.#heard.get(pattern)?.handlers;
    if (handlers === undefined) return;
    if (!fits(pattern, event)) return this.#line.refuse(`an event that does not match '${pattern}'`);
    for (const handler of [...handlers.values()]) {
      this.#run(handler, event, data).catch((error: unknown) => this.#node.failed(error, event));
    }
  }

  /** Handles a question of another node to one of the handlers. */
  ask(node: string, [number, pattern, id, event, data]: readonly unknown[]): void {
    if (!Number.isSafeInteger(number)) return this.#line.refuse('a question without a number');
    const handler = this.#heard.get(pattern as string)?.handlers.get(id as number);
    if (handler === undefined) return this.#answer(node, number, false, new NetronError('not_found', 'no such handler'));
    if (!fits(pattern as string, event)) return this.#line.refuse(`an event that does not match '${String(pattern)}'`);
    this.#node.inFlight.during(this.#run(handler, event, data)).then(
      (value) => this.#answer(node, number, true, value),
      (error: unknown) => this.#answer(node, number, false, sanitizeThrown(error)),
    );
  }

  #hear(pattern: string): Heard {
    const heard: Heard = { handlers: new Map(), ready: this.#line.subscribe(channelOfEvents(pattern)) };
    this.#heard.set(pattern, heard);
    return heard;
  }

  #answer(node: string, number: unknown, ok: boolean, value: unknown): void {
    const channel = channelOfNode(node);
    try {
      this.#line.send(channel, 'answer', number, ok, value).catch(() => {});
    } catch (error) {
      this.#line.tell(channel, 'answer', number, false, NetronError.from(error));
    }
  }

  async #run(handler: BackplaneHandler, event: string, data: unknown): Promise<unknown> {
    if (this.#running >= maxRunning)
      throw new NetronError('resource_exhausted', `${maxRunning} handlers are already running for other nodes`);
    this.#running += 1;
    try {
      return await handler(data, event);
    } finally {
      this.#running -= 1;
    }
  }
}

/** Whether a pattern covers a received value that should be the name of an event. */
function fits(pattern: string, event: unknown): event is string {
  try {
    return typeof event === 'string' && !isWildcard(event) && covers(pattern, event);
  } catch {
    return false;
  }
}
