/**
 * Latest known services of nodes whose services are known only through a connection: a node that lacks the called service
 * is left alone for a while instead of being dialed again at once.
 */
import { DialPace, type PacedNode } from '../peer/dial-pace.js';

/**
 * Upper bound of the first time, in milliseconds, for which the known services are valid; each further time is longer, up to 30 s. It starts again
 * when the services have changed, or after a connection that was used for ten seconds.
 */
const firstTime = 1_000;

interface Known {
  /** `undefined` when they are no longer valid. */
  services: readonly string[] | undefined;
  /** The services at the end of the connection, as one string. */
  readonly joined: string;
  readonly pace: DialPace;
  timer: unknown;
}

export class LastServices {
  readonly #node: PacedNode;
  readonly #forgotten: () => void;
  readonly #known = new Map<string, Known>();

  /** @param forgotten called when the services of a node are no longer valid */
  constructor(node: PacedNode, forgotten: () => void) {
    this.#node = node;
    this.#forgotten = forgotten;
  }

  /** Call when a node is connected. */
  connected(id: string): void {
    this.#known.get(id)?.pace.connected();
  }

  /** Records the services of a node, as `name@version`, when its connection ends. */
  note(id: string, services: readonly string[]): void {
    const { clock } = this.#node;
    const before = this.#known.get(id);
    clock.clearTimeout(before?.timer);
    const joined = [...services].sort().join();
    const pace = before?.joined === joined ? before.pace : new DialPace(this.#node, firstTime);
    pace.ended();
    const known: Known = { services, joined, pace, timer: undefined };
    this.#known.set(id, known);
    const forget = (): void => {
      known.services = undefined;
      this.#forgotten();
    };
    known.timer = clock.setTimeout(forget, pace.next(), true);
  }

  /** Returns the services of a node; `undefined` when they are not known or no longer valid. */
  of(id: string): readonly string[] | undefined {
    return this.#known.get(id)?.services;
  }

  /** Forgets all other nodes. */
  retain(ids: ReadonlySet<string>): void {
    for (const [id, { timer }] of this.#known) {
      if (ids.has(id)) continue;
      this.#node.clock.clearTimeout(timer);
      this.#known.delete(id);
    }
  }

  close(): void {
    this.retain(new Set());
  }
}
