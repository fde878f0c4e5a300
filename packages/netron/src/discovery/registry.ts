/** The known nodes, merged from the records of all backends. */
import { NetronError } from '../errors/netron-error.js';
import type { RegistryView } from './backend.js';
import type { NodeInfo } from './node-info.js';
import { readRecord, recordLimits } from './read-record.js';

/** Members of a node that a registry uses. */
export interface RegistryNode {
  /** Schemes of addresses that the node can connect to. */
  readonly schemes: ReadonlySet<string>;
  /** Whether a node is connected, and therefore exists, whatever the registries list. */
  connected(id: string): boolean;
  /** Returns whether a record was signed with this node's secret; absent without a secret. */
  readonly signed?: ((record: unknown) => boolean) | undefined;
  /** Called after every change. */
  changed(change: RegistryChange): void;
}

/** Change of a node: it was added, changed or removed. */
export interface RegistryChange {
  readonly id: string;
  readonly before: NodeInfo | undefined;
  readonly after: NodeInfo | undefined;
}

/** State of one backend. */
export interface BackendState {
  readonly name: string;
  /** Whether its store can be reached; `undefined` before the first answer. */
  readonly up: boolean | undefined;
  /** Reason why it cannot be reached; the store's own error is the `cause`. */
  readonly error: NetronError | undefined;
  /** Number of nodes that it lists. */
  readonly nodes: number;
  /** Number of refused records; `refusal` is the reason of the latest. */
  readonly refused: number;
  readonly refusal: string | undefined;
}

/** The known nodes. */
export class Registry {
  readonly #node: RegistryNode;
  readonly #views: View[] = [];
  readonly #nodes = new Map<string, NodeInfo>();
  /** Number of changes, by which cached results are invalidated. */
  revision = 0;

  constructor(node: RegistryNode) {
    this.#node = node;
  }

  /** Every known node, by id. */
  get nodes(): ReadonlyMap<string, NodeInfo> {
    return this.#nodes;
  }

  get states(): readonly BackendState[] {
    return this.#views.map((view) => view.state);
  }

  /** Whether a backend lists the node. A connected node stays known when none does. */
  listed(id: string): boolean {
    return this.#views.some((view) => view.records.has(id));
  }

  /** Whether the description of a node comes from a trusted source, so that credentials may be presented to it. */
  trusted(id: string): boolean {
    const node = this.#nodes.get(id);
    return node !== undefined && this.#views.some((view) => view.trusts(node));
  }

  /**
   * Makes the part of the registry for one more backend.
   *
   * @param trusted whether its records need no signature
   */
  view(name: string, trusted: boolean, stateChanged: (state: BackendState) => void): RegistryView {
    const { schemes, signed } = this.#node;
    const update = (id: string, record: NodeInfo | undefined): boolean => this.#update(id, record);
    const view = new View(name, { schemes, signed, trusted, update, stateChanged });
    this.#views.push(view);
    return view;
  }

  /** Call when the connection to a node has ended: if no backend lists the node, it is removed. */
  disconnected(id: string): void {
    if (!this.listed(id)) this.#set(id, undefined);
  }

  clear(): void {
    for (const id of [...this.#nodes.keys()]) this.#set(id, undefined);
  }

  #update(id: string, record: NodeInfo | undefined): boolean {
    if (record === undefined) {
      const other = this.#views.find((view) => view.records.has(id))?.records.get(id);
      if (other !== undefined || !this.#node.connected(id)) this.#set(id, other);
      return true;
    }
    if (!this.#nodes.has(id) && this.#nodes.size >= recordLimits.nodes) return false;
    this.#set(id, record);
    return true;
  }

  #set(id: string, after: NodeInfo | undefined): void {
    const before = this.#nodes.get(id);
    if (before === after || (before !== undefined && after !== undefined && equal(before, after))) return;
    if (after === undefined) this.#nodes.delete(id);
    else this.#nodes.set(id, after);
    this.revision += 1;
    this.#node.changed({ id, before, after });
  }
}

/** Members of the registry that a view uses. */
interface ViewOwner extends Pick<RegistryNode, 'schemes' | 'signed'> {
  readonly trusted: boolean;
  update(id: string, record: NodeInfo | undefined): boolean;
  stateChanged(state: BackendState): void;
}

/** Records of one backend. */
class View implements RegistryView {
  readonly records = new Map<string, NodeInfo>();
  readonly #name: string;
  readonly #owner: ViewOwner;
  #up: boolean | undefined;
  #error: NetronError | undefined;
  #refused = 0;
  #refusal: string | undefined;

  constructor(name: string, owner: ViewOwner) {
    this.#name = name;
    this.#owner = owner;
  }

  /** Whether this view is trusted and has the same description of the node. */
  trusts(node: NodeInfo): boolean {
    const own = this.records.get(node.id);
    const { trusted, signed } = this.#owner;
    // With a secret, the view contains only signed records.
    return own !== undefined && (trusted || signed !== undefined) && (own === node || equal(own, node));
  }

  get state(): BackendState {
    return {
      name: this.#name,
      up: this.#up,
      error: this.#error,
      nodes: this.records.size,
      refused: this.#refused,
      refusal: this.#refusal,
    };
  }

  replace(all: Iterable<unknown>): void {
    const seen = new Set<string>();
    for (const record of all) {
      const id = this.#put(record);
      if (id !== undefined) seen.add(id);
    }
    for (const id of [...this.records.keys()]) if (!seen.has(id)) this.remove(id);
  }

  put(record: unknown): void {
    this.#put(record);
  }

  check(record: unknown): boolean {
    return this.#read(record) !== undefined;
  }

  remove(id: string): void {
    if (this.records.delete(id)) this.#owner.update(id, undefined);
  }

  down(error: Error): void {
    const changed = this.#up !== false;
    this.#up = false;
    this.#error = NetronError.from(error, 'unavailable');
    if (changed) this.#owner.stateChanged(this.state);
  }

  up(): void {
    if (this.#up === true) return;
    this.#up = true;
    this.#error = undefined;
    this.#owner.stateChanged(this.state);
  }

  /** Adds a record and returns its id; `undefined` when it is refused. */
  #put(record: unknown): string | undefined {
    const node = this.#read(record);
    if (node === undefined) return undefined;
    const known = this.records.get(node.id);
    // A repeated record is not a change: otherwise backends with different descriptions of a node would overwrite each other forever.
    if (known !== undefined && equal(known, node)) return node.id;
    if (!this.#owner.update(node.id, node)) return this.#refuse(`more than ${recordLimits.nodes} nodes`);
    this.records.set(node.id, node);
    return node.id;
  }

  #read(record: unknown): NodeInfo | undefined {
    const { schemes, signed, trusted } = this.#owner;
    const reading = readRecord(record, schemes);
    if ('refused' in reading) return this.#refuse(reading.refused);
    if (!trusted && signed?.(record) === false) return this.#refuse('not signed with the secret of this node');
    return reading.node;
  }

  refuse(reason: string, count: number): void {
    if (count === 0) return;
    this.#refused += count;
    this.#refusal = reason;
  }

  #refuse(reason: string): undefined {
    this.refuse(reason, 1);
  }
}

function equal(a: NodeInfo, b: NodeInfo): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
