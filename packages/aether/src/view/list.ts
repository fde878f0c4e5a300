import { arrange } from './arrange.js';
import { Description } from './description.js';
import type { Host } from './host.js';
import { type Instance, nodeAfter } from './instance.js';
import { Native } from './native.js';

/** Children in a row: an array or a fragment. Those with keys are matched by them, the others by position. */
export class ListInstance implements Instance {
  readonly key: unknown = undefined;
  private items: Instance[];

  constructor(
    values: readonly unknown[],
    private readonly host: Host,
  ) {
    this.items = filled(values).map((value) => host.create(value));
  }

  patch(given: unknown): boolean {
    const values = valuesOf(given);
    if (values === undefined) return false;
    const old = this.items;
    const parent = this.firstNode().parentNode;
    const end = nodeAfter(this);
    const keyed = new Map<unknown, Instance>();
    for (const item of old) if (item.key !== undefined && !keyed.has(item.key)) keyed.set(item.key, item);
    const places = new Map<Instance, number>();
    const used = new Set<Instance>();
    for (const [index, item] of old.entries()) places.set(item, index);
    const sources: number[] = [];
    const next = filled(values).map((value, index) => {
      const key = value instanceof Description || value instanceof Native ? value.key : undefined;
      const known = key === undefined ? old[index] : keyed.get(key);
      if (known !== undefined && known.key === key && !used.has(known) && known.patch(value)) {
        used.add(known);
        sources.push(places.get(known) as number);
        return known;
      }
      sources.push(-1);
      return this.host.create(value);
    });
    this.items = next;
    for (const item of old) {
      if (used.has(item)) continue;
      item.dispose();
      item.remove();
    }
    if (parent !== null) arrange(next, sources, old.length, parent, end);
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

/** A list has at least one child, which keeps its place. */
const filled = (values: readonly unknown[]): readonly unknown[] => (values.length === 0 ? [undefined] : values);

/** The values of an array or another iterable; `undefined` for anything else, texts included. */
export function valuesOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return [...(value as Iterable<unknown>)];
  return undefined;
}
