/**
 * Services that nodes had when they were last connected, of nodes whose services only a connection tells: one that has not what is
 * called is left alone for a while, instead of being dialed again at once.
 */
import { DialPace, type PacedNode } from '../peer/dial-pace.js';

/** Upper bound of the first time that an answer counts, in milliseconds; each next time is longer, up to 30 s. */
const firstTime = 1_000;

interface Known {
  /** `undefined` when it was too long ago. */
  services: readonly string[] | undefined;
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

  /** Notes the services of a node, as `name@version`, whose connection ends. */
  note(id: string, services: readonly string[]): void {
    const { clock } = this.#node;
    const known = this.#known.get(id) ?? { services, pace: new DialPace(this.#node, firstTime), timer: undefined };
    this.#known.set(id, known);
    clock.clearTimeout(known.timer);
    known.services = services;
    const forget = (): void => {
      known.services = undefined;
      this.#forgotten();
    };
    known.timer = clock.setTimeout(forget, known.pace.next(false), true);
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
