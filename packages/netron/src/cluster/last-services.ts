/**
 * Services that nodes had when they were last connected, of nodes whose services only a connection tells: one that has not what is
 * called is left alone for a while, instead of being dialed again at once.
 */
import { DialPace, type PacedNode } from '../peer/dial-pace.js';

/**
 * Upper bound of the first time that an answer counts, in milliseconds; each next time is longer, up to 30 s. After other services
 * than before, or a connection that was held for ten seconds because it was of use, comes a first time again.
 */
const firstTime = 1_000;

interface Known {
  /** `undefined` when it was too long ago. */
  services: readonly string[] | undefined;
  /** The services when the connection ended, as one text. */
  readonly told: string;
  readonly pace: DialPace;
  timer: unknown;
}

export class LastServices {
  readonly #node: PacedNode;
  readonly #forgotten: () => void;
  readonly #known = new Map<string, Known>();

  /** @param forgotten called when services of a node are not known any more */
  constructor(node: PacedNode, forgotten: () => void) {
    this.#node = node;
    this.#forgotten = forgotten;
  }

  /** A node is connected. */
  connected(id: string): void {
    this.#known.get(id)?.pace.connected();
  }

  /** Notes the services of a node, as `name@version`, whose connection ends. */
  note(id: string, services: readonly string[]): void {
    const { clock } = this.#node;
    const before = this.#known.get(id);
    clock.clearTimeout(before?.timer);
    const told = [...services].sort().join();
    const pace = before?.told === told ? before.pace : new DialPace(this.#node, firstTime);
    pace.ended();
    const known: Known = { services, told, pace, timer: undefined };
    this.#known.set(id, known);
    const forget = (): void => {
      known.services = undefined;
      this.#forgotten();
    };
    known.timer = clock.setTimeout(forget, pace.next(), true);
  }

  /** Returns the services that a node had; `undefined` when that is not known, or was too long ago. */
  of(id: string): readonly string[] | undefined {
    return this.#known.get(id)?.services;
  }

  /** Keeps what is known of these nodes alone. */
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
