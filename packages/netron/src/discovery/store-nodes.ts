import type { RegistryView } from './backend.js';
import { recordLimits, runOf } from './read-record.js';

/** Share of the most nodes below which those that were left out are worth another list. */
const roomAgain = 0.9;

interface StoreNode<Mark> {
  /** `undefined`: the key is not that of a node. */
  readonly id: string | undefined;
  readonly mark: Mark;
}

/**
 * Nodes of a store that its backend has told to its view, by their keys in the store, and a mark of each, by which the backend tells
 * whether it has changed: 10,000 at most. Others are left out and counted.
 */
export class StoreNodes<Mark> {
  readonly #view: Pick<RegistryView, 'put' | 'remove' | 'refuse'>;
  readonly #nodes = new Map<string, StoreNode<Mark>>();
  /** Whether some are left out. */
  #crowded = false;

  constructor(view: Pick<RegistryView, 'put' | 'remove' | 'refuse'>) {
    this.#view = view;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Number of nodes that still fit. */
  get room(): number {
    return recordLimits.nodes - this.#nodes.size;
  }

  /** Whether some are left out for which there is room by now: the whole list is worth asking for. */
  get relistable(): boolean {
    return this.#crowded && this.#nodes.size < roomAgain * recordLimits.nodes;
  }

  has(key: string): boolean {
    return this.#nodes.has(key);
  }

  /** Returns the mark of a node; `undefined` for one that is not here. */
  markOf(key: string): Mark | undefined {
    return this.#nodes.get(key)?.mark;
  }

  keys(): IterableIterator<string> {
    return this.#nodes.keys();
  }

  /** A whole list begins: nobody is left out so far. */
  list(): void {
    this.#crowded = false;
  }

  /** Counts nodes for which there is no room. */
  leaveOut(count: number): void {
    if (count === 0) return;
    this.#crowded = true;
    this.#view.refuse(`more than ${recordLimits.nodes} nodes`, count);
  }

  /**
   * Tells the view of a node. A record that names another node than its key is refused: that it leaves could not be told. Does not look
   * whether there is room.
   *
   * @param id of the node by its key; `undefined` when the key is none of a node
   */
  put(key: string, id: string | undefined, mark: Mark, record: string): void {
    this.#nodes.set(key, { id, mark });
    // One that is too long is not read: the view gives that as its reason.
    const fits = id !== undefined && (record.length > recordLimits.size || runOf(record)?.id === id);
    this.#view.put(fits ? record : '');
  }

  remove(key: string): void {
    const known = this.#nodes.get(key);
    this.#nodes.delete(key);
    if (known?.id !== undefined) this.#view.remove(known.id);
  }

  /** Removes all whose keys are not among these. */
  retain(keys: { has(key: string): boolean }): void {
    for (const key of [...this.#nodes.keys()]) if (!keys.has(key)) this.remove(key);
  }
}
