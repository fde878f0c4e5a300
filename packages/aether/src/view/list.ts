import { dev } from '#dev';
import { arrange } from './arrange.js';
import type { Host } from './host.js';
import { type Instance, nodeAfter } from './instance.js';
import { Native } from './native.js';

/** Children in a row: an array or a fragment. Those with keys are matched by them, the others by position. */
export class ListInstance implements Instance {
  private items: Instance[];

  constructor(
    values: readonly unknown[],
    private readonly host: Host,
  ) {
    this.items = filled(values).map((value, index) => host.create(value, index));
  }

  patch(given: unknown): boolean {
    const values = valuesOf(given);
    if (values === undefined) return false;
    const old = this.items;
    /** The first entry of each key. */
    const keyed = new Map<unknown, Instance>();
    /** Positions of unmatched entries. */
    const left = new Map<Instance | undefined, number>();
    for (const [index, item] of old.entries()) {
      if (!keyed.has(item.key)) keyed.set(item.key, item);
      left.set(item, index);
    }
    const sources: number[] = [];
    this.items = filled(values).map((value, index) => {
      const key = value instanceof Native ? value.key : undefined;
      const known = key === undefined ? old[index] : keyed.get(key);
      const place = left.get(known);
      if (place !== undefined && known?.key === key && known?.patch(value)) {
        left.delete(known);
        sources.push(place);
        return known;
      }
      sources.push(-1);
      return this.host.create(value);
    });
    // Not earlier: a surrounding `Suspense` removes all of them when a created one waits.
    const { parentNode: parent } = (old[0] as Instance).firstNode();
    const end = nodeAfter(old.at(-1) as Instance);
    for (const item of left.keys()) {
      item?.dispose();
      item?.remove();
    }
    if (parent !== null) arrange(this.items, sources, old.length, parent, end);
    return true;
  }

  insert(parent: Node, before: Node | null): void {
    for (const item of this.items) item.insert(parent, before);
  }

  firstNode(): Node {
    return (this.items[0] as Instance).firstNode();
  }

  lastNode(): Node {
    return (this.items.at(-1) as Instance).lastNode();
  }

  remove(): void {
    for (const item of this.items) item.remove();
  }

  dispose(): void {
    for (const item of this.items) item.dispose();
  }
}

/** Ensures at least one child, which marks the place of a list. */
function filled(values: readonly unknown[]): readonly unknown[] {
  if (dev) dev.childrenGiven(values);
  return values.length === 0 ? [undefined] : values;
}

/** The values of an array or another iterable; `undefined` for anything else, texts included. */
export function valuesOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return [...(value as Iterable<unknown>)];
  return undefined;
}
