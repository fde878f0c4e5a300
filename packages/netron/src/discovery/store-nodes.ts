import type { RegistryView } from './backend.js';
import { recordLimits, runOf } from './read-record.js';

/** Fill level, relative to the maximum, below which the whole list is read again to add nodes that were left out. */
const roomAgain = 0.9;

interface StoreNode<Mark> {
  /** Id of the node; `undefined`: the key is not that of a node. */
  readonly id: string | undefined;
  readonly mark: Mark;
}

/**
 * The nodes of a store that were reported to the view, by their keys in the store, with a mark of each by which the backend detects
 * changes: at most 10,000. More are left out and counted.
 */
export class StoreNodes<Mark> {
  readonly #view: Pick<RegistryView, 'put' | 'remove' | 'refuse'>;
  readonly #nodes = new Map<string, StoreNode<Mark>>();
  /** Whether nodes were left out. */
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

  /** Whether nodes were left out for which there is room now, so that the whole list should be read again. */
  get relistable(): boolean {
    return this.#crowded && this.#nodes.size < roomAgain * recordLimits.nodes;
  }

  has(key: string): boolean {
    return this.#nodes.has(key);
  }

  /** Returns the mark of a node; `undefined` for an unknown one. */
  markOf(key: string): Mark | undefined {
    return this.#nodes.get(key)?.mark;
  }

  keys(): IterableIterator<string> {
    return this.#nodes.keys();
  }

  /** Call at the start of a whole list, when no node has been left out yet. */
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
   * Reports a node to the view. A record whose id differs from its key is refused, because its removal could not be detected. Does not
   * check for room.
   *
   * @param id id of the node, from its key; `undefined` when the key is not that of a node
   */
  put(key: string, id: string | undefined, mark: Mark, record: string): void {
    this.#nodes.set(key, { id, mark });
    // A record that is too long is not parsed here: the view refuses it with that reason.
    const fits = id !== undefined && (record.length > recordLimits.size || runOf(record)?.id === id);
    this.#view.put(fits ? record : '');
  }

  remove(key: string): void {
    const known = this.#nodes.get(key);
    this.#nodes.delete(key);
    if (known?.id !== undefined) this.#view.remove(known.id);
  }

  /** Removes all nodes whose keys are not among these. */
  retain(keys: { has(key: string): boolean }): void {
    for (const key of [...this.#nodes.keys()]) if (!keys.has(key)) this.remove(key);
  }
}
