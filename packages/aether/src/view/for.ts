import { dev } from '#dev';
import type { Scope } from '../reactive/owner.js';
import { type Signal, SignalNode, signalOf } from '../reactive/signal.js';
import { Hole } from './hole.js';
import type { Host, ListProps } from './host.js';
import { Made } from './native.js';
import { type Each, type Making, type Matched, Rows } from './rows.js';
import type { View } from './types.js';

/** A row: a hole that shows the result of the row function for its item. */
class Row extends Hole {
  /** Next row of the same identity, during matching. */
  same: Row | undefined = undefined;
  private readonly index: SignalNode<number> | undefined;

  constructor(
    private readonly make: Making,
    private item: unknown,
    /** Position in the list. */
    public at: number,
    readonly identity: unknown,
    host: Host,
  ) {
    const fn = make.peek();
    super(fn as () => unknown, host);
    // Most rows do not read their index.
    this.index = fn.length > 1 ? new SignalNode(at) : undefined;
  }

  override get label(): string {
    return 'row';
  }

  protected override evaluate(): unknown {
    return this.make.peek()(this.item as never, (this.index && signalOf(this.index)) as never);
  }

  /** Shows another item with the same key. */
  take(item: unknown, at: number): void {
    this.at = at;
    this.index?.write(at);
    if (Object.is(item, this.item)) return;
    this.item = item;
    this.again();
  }
}

/** A row whose item is its key, and stays. If it has read nothing, it does not run again and owns its content. */
class FixedRow extends Row {
  protected override owner(): Scope {
    return this.depsTail === undefined ? this : super.owner();
  }
}

class KeyedRows extends Rows<Row> {
  protected match(old: readonly Row[], items: readonly unknown[]): Matched<Row> {
    const by = this.props.by as ((item: unknown) => unknown) | undefined;
    if (dev) dev.itemsGiven(items, by);
    const { known, gone } = find(old, items, by ?? itself);
    const { make } = this;
    const sources: number[] = [];
    const rows = items.map((item, index) => {
      const row = known[index];
      sources.push(row === undefined ? -1 : row.at);
      if (row === undefined) {
        const made =
          by === undefined ? new FixedRow(make, item, index, item, this.host) : new Row(make, item, index, by(item), this.host);
        return this.begin(made, index);
      }
      row.take(item, index);
      return row;
    });
    return { rows, sources, gone };
  }
}

const itself = (item: unknown): unknown => item;

/** Finds the rows of items by their keys. A repeated key takes the next row that has it. */
function find(
  old: readonly Row[],
  items: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): { readonly known: readonly (Row | undefined)[]; readonly gone: readonly Row[] } {
  const known: (Row | undefined)[] = new Array<Row | undefined>(items.length).fill(undefined);
  const is = (at: number, index: number) => {
    const { identity } = old[at] as Row;
    const key = keyOf(items[index]);
    // With the key equality of Map.
    return identity === key || Object.is(identity, key);
  };
  let start = 0;
  let end = items.length;
  let oldStart = 0;
  let oldEnd = old.length;
  // Most rows stay, or two are swapped: that needs no lookup.
  while (start < end && oldStart < oldEnd) {
    if (is(oldStart, start)) known[start++] = old[oldStart++];
    else if (is(oldEnd - 1, end - 1)) known[--end] = old[--oldEnd];
    else if (is(oldStart, end - 1) && is(oldEnd - 1, start)) {
      known[start++] = old[--oldEnd];
      known[--end] = old[oldStart++];
    } else break;
  }
  if (start === end) return { known, gone: old.slice(oldStart, oldEnd) };
  const byKey = new Map<unknown, Row>();
  for (let at = oldEnd; at-- > oldStart; ) {
    const row = old[at] as Row;
    row.same = byKey.get(row.identity);
    byKey.set(row.identity, row);
  }
  const used = new Set<Row>();
  for (let index = start; index < end && byKey.size > 0; index++) {
    const key = keyOf(items[index]);
    const row = byKey.get(key);
    if (row === undefined) continue;
    if (row.same === undefined) byKey.delete(key);
    else byKey.set(key, row.same);
    row.same = undefined;
    used.add(row);
    known[index] = row;
  }
  return { known, gone: old.slice(oldStart, oldEnd).filter((row) => !used.has(row)) };
}

/** Properties of `For`. */
export interface ForProps<T> {
  readonly each: Each<T>;
  /** Key of an item. Default: the item itself. */
  readonly by?: ((item: T) => unknown) | undefined;
  /** Shown when there are no items. */
  readonly fallback?: View;
  /** Returns the view of an item; `index` is a signal. */
  readonly children: (item: T, index: Signal<number>) => View;
}

/**
 * Shows a list. Each item keeps its row, with elements, focus and state, wherever it moves; rows of removed items are
 * disposed. With `by`, a new item with the same key takes over the row.
 */
export function For<T>(props: ForProps<T>): View {
  return new Made((host) => host.list?.(props as ListProps, false) ?? new KeyedRows(props as ListProps, host).start());
}
