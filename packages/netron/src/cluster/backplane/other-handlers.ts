/** Handlers of other nodes as subscribers of this one: each event is sent once for all handlers of a pattern. */
import { withOutcome } from '../../errors/outcome.js';
import type { AskLimits, Publication, Subscriber } from '../../events/subscriber.js';
import type { Presence, Present } from '../presence.js';
import { channelOfEvents, channelOfNode } from './channels.js';
import type { BackplaneLine } from './line.js';
import type { Questions } from './questions.js';

/** Maximum number of handlers of one node; more receive nothing. */
const maxHandlers = 10_000;

/** Members of a node whose events other nodes receive. */
export interface HeardNode {
  readonly id: string;
  /** Subscribes another node's handler to events of this node. Throws when that is not allowed. */
  attach(subscriber: Subscriber): () => void;
  failed(error: unknown, event: string): void;
}

/** A pattern for which other nodes have handlers. */
interface Wanted {
  handlers: number;
  /** Events that were sent: one message serves all handlers of the pattern. */
  readonly sent: WeakSet<Publication>;
}

/** A handler of another node. */
interface Attached {
  readonly subscriber: { leaving: boolean };
  readonly detach: () => void;
}

export class OtherHandlers {
  readonly #node: HeardNode;
  readonly #line: BackplaneLine;
  readonly #questions: Questions;
  readonly #wanted = new Map<string, Wanted>();
  /** Subscriptions, by node, and by pattern and number. */
  readonly #attached = new Map<string, Map<string, Attached>>();

  /** @param interest handlers of all nodes, present and future */
  constructor(node: HeardNode, line: BackplaneLine, interest: Presence, questions: Questions) {
    this.#node = node;
    this.#line = line;
    this.#questions = questions;
    interest.on('join', (handler) => this.#joined(handler));
    interest.on('leave', (handler) => this.#left(handler));
    interest.on('change', ({ key, member, node, data }) => {
      const attached = this.#attached.get(node)?.get(keyOf(key, member));
      if (attached !== undefined) attached.subscriber.leaving = data === true;
    });
  }

  #joined({ key: pattern, member: number, node, data }: Present): void {
    if (node === this.#node.id) return;
    const attached = this.#attached.get(node) ?? new Map<string, Attached>();
    if (attached.size >= maxHandlers) return this.#line.refuse(`node '${node}' has more than ${maxHandlers} handlers`);
    const subscriber: Subscriber & { leaving: boolean } = {
      pattern,
      // Whether its node is draining or stopping.
      leaving: data === true,
      deliver: (publication) => this.#deliver(pattern, publication),
      ask: (publication, limits) => this.#ask(node, pattern, number, publication, limits),
    };
    try {
      attached.set(keyOf(pattern, number), { subscriber, detach: this.#node.attach(subscriber) });
    } catch {
      // The handler may not receive events of this node, or its pattern is invalid.
      return;
    }
    this.#attached.set(node, attached);
    const wanted = this.#wanted.get(pattern) ?? { handlers: 0, sent: new WeakSet() };
    wanted.handlers += 1;
    this.#wanted.set(pattern, wanted);
  }

  #left({ key: pattern, member: number, node }: Present): void {
    const attached = this.#attached.get(node);
    const gone = attached?.get(keyOf(pattern, number));
    if (attached === undefined || gone === undefined) return;
    gone.detach();
    attached.delete(keyOf(pattern, number));
    if (attached.size === 0) this.#attached.delete(node);
    const wanted = this.#wanted.get(pattern);
    if (wanted === undefined) return;
    wanted.handlers -= 1;
    if (wanted.handlers === 0) this.#wanted.delete(pattern);
  }

  #deliver(pattern: string, publication: Publication): void {
    const sent = this.#wanted.get(pattern)?.sent;
    if (sent === undefined || sent.has(publication)) return;
    sent.add(publication);
    const { event, data } = publication;
    try {
      this.#line.send(channelOfEvents(pattern), 'event', event, data).catch(() => {});
    } catch (error) {
      this.#node.failed(error, event);
    }
  }

  #ask(node: string, pattern: string, handler: string, { event, data }: Publication, limits: AskLimits): Promise<unknown> {
    return this.#questions.ask(node, limits, async (number) => {
      try {
        await this.#line.send(channelOfNode(node), 'ask', number, pattern, Number(handler), event, data);
      } catch (error) {
        throw withOutcome(error, 'not_run');
      }
    });
  }
}

function keyOf(pattern: string, number: string): string {
  return JSON.stringify([pattern, number]);
}
