import type { ClusterNode } from './cluster-node.js';
import type { Connector } from './connector.js';

/** Connections to every other node that registries list, each kept while the node is listed. */
export class AllNodes {
  readonly #node: ClusterNode;
  readonly #connector: Connector;
  /** Functions that release the connections, by node. */
  readonly #held = new Map<string, () => void>();
  #closed = false;

  constructor(node: ClusterNode, connector: Connector) {
    this.#node = node;
    this.#connector = connector;
  }

  /** Call when nodes have been added or removed: connects to the listed ones, and releases the others. */
  async look(): Promise<void> {
    const listed = (await this.#node.discovery?.getActiveNodes()) ?? [];
    if (this.#closed) return;
    const wanted = new Map(
      listed.filter(({ id, status }) => id !== this.#node.id && status === 'up').map((info) => [info.id, info]),
    );
    for (const [id, release] of [...this.#held]) {
      if (wanted.has(id)) continue;
      this.#held.delete(id);
      release();
    }
    for (const [id, info] of wanted) {
      const connection = this.#connector.to(info, 1);
      if (!this.#held.has(id))
        this.#held.set(
          id,
          connection.hold(() => {}),
        );
    }
  }

  close(): void {
    this.#closed = true;
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }
}
