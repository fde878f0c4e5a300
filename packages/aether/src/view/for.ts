import { untrack } from '../reactive/batch.js';
import { EffectNode } from '../reactive/effect.js';
import { runIn, Scope } from '../reactive/owner.js';
import { type Signal, SignalNode, signalOf } from '../reactive/signal.js';
import { arrange } from './arrange.js';
import { Hole } from './hole.js';
import type { Host } from './host.js';
import { type Instance, nodeAfter } from './instance.js';
import { valuesOf } from './list.js';
import { commit } from './mounts.js';
import { Native } from './native.js';
import type { View } from './types.js';

/** A list, or nothing, or a function or signal that gives it. */
export type Each<T> = Iterable<T> | null | undefined | false | (() => Iterable<T> | null | undefined | false);

type Make = (item: never, index: never) => unknown;

/** One row: a hole that shows what the row function makes of its item. */
class Row extends Hole {
  private readonly index: SignalNode<number> | undefined;
  private readonly place: Signal<number> | undefined;

  constructor(
    private readonly make: () => Make,
    private item: unknown,
    index: number,
    readonly identity: unknown,
    host: Host,
  ) {
    super(make, host, 'row');
    // Most rows do not ask for their index.
    this.index = make().length > 1 ? new SignalNode(index, undefined, undefined) : undefined;
    this.place = this.index && signalOf(this.index);
  }

  protected override evaluate(): unknown {
    return untrack(this.make)(this.item as never, this.place as never);
  }

  /** Shows another item that is the same by its key. */
  take(item: unknown, index: number): void {
    this.index?.write(index);
    if (Object.is(item, this.item)) return;
    this.item = item;
    this.again();
  }
}

/** A row of `Index`: its place stays, its item changes. */
class Slot extends Hole {
  readonly item: SignalNode<unknown>;
  private readonly signal: Signal<unknown>;

  constructor(
    private readonly make: () => Make,
    item: unknown,
    private readonly index: number,
    host: Host,
  ) {
    super(make, host, 'row');
    this.item = new SignalNode(item, undefined, undefined);
    this.signal = signalOf(this.item);
  }

  protected override evaluate(): unknown {
    return untrack(this.make)(this.signal as never, this.index as never);
  }
}

/** Common part of lists: rows in the place of one instance, and a fallback when there are none. */
abstract class Rows<R extends Hole> extends EffectNode implements Instance {
  readonly key: unknown = undefined;
  protected rows: R[] = [];
  private none: Instance | undefined = undefined;
  /** Owns the rows. The effect itself must not: its children end when it runs again. */
  private readonly inside: Scope = new Scope(this, false);

  constructor(
    each: () => unknown,
    private readonly fallback: () => unknown,
    protected readonly host: Host,
  ) {
    super(() => {
      const value = each();
      return typeof value === 'function' ? (value as () => unknown)() : value;
    }, 'list');
  }

  start(): this {
    this.execute();
    this.none ??= this.rows.length === 0 ? this.host.create(undefined) : undefined;
    return this;
  }

  protected abstract match(old: readonly R[], items: readonly unknown[]): R[];

  protected override perform(): void {
    const value = this.fn();
    // A copy, so that the items of a store are followed.
    const items = value ? valuesOf(value)?.slice() : [];
    if (items === undefined) throw new TypeError(`a list takes an array or another iterable, not ${typeof value}`);
    runIn(this.inside, () => commit(() => this.show(items)));
  }

  private show(items: readonly unknown[]): void {
    const old = this.rows;
    const shown = this.rows.length > 0 || this.none !== undefined;
    const parent = shown ? this.firstNode().parentNode : null;
    const end = shown ? nodeAfter(this) : null;
    const next = this.match(old, items);
    const kept = new Set(next);
    const remaining = old.filter((row) => kept.has(row));
    if (remaining.length < old.length) {
      for (const row of old) {
        if (kept.has(row)) continue;
        row.dispose();
        row.remove();
      }
    }
    this.rows = next;
    if (next.length > 0) {
      this.none?.dispose();
      this.none?.remove();
      this.none = undefined;
      if (parent !== null) arrange(remaining, next, parent, end);
    } else if (this.none === undefined) {
      this.none = this.host.create(this.fallback());
      if (parent !== null) this.none.insert(parent, end);
    }
  }

  override release(): void {
    super.release();
    this.inside.dispose();
  }

  patch(): boolean {
    return false;
  }

  insert(parent: Node, before: Node | null): void {
    for (const row of this.rows) row.insert(parent, before);
    this.none?.insert(parent, before);
  }

  firstNode(): Node {
    return (this.rows[0] ?? (this.none as Instance)).firstNode();
  }

  lastNode(): Node {
    return (this.rows.at(-1) ?? (this.none as Instance)).lastNode();
  }

  remove(): void {
    for (const row of this.rows) row.remove();
    this.none?.remove();
  }
}

class KeyedRows extends Rows<Row> {
  constructor(
    private readonly props: ForProps<unknown>,
    host: Host,
  ) {
    super(
      () => props.each,
      () => props.fallback,
      host,
    );
  }

  protected match(old: readonly Row[], items: readonly unknown[]): Row[] {
    const by = this.props.by as ((item: unknown) => unknown) | undefined;
    const make = () => this.props.children as Make;
    // Rows by key. The same key again takes the next row that has it, or a new one.
    const known = new Map<unknown, Row[]>();
    for (let index = old.length; index-- > 0; ) {
      const row = old[index] as Row;
      const same = known.get(row.identity);
      if (same === undefined) known.set(row.identity, [row]);
      else same.push(row);
    }
    const used = new Set<unknown>();
    return items.map((item, index) => {
      const key = by === undefined ? item : by(item);
      if (by !== undefined && used.has(key)) console.warn(`For: key ${String(key)} appears again at position ${index}`);
      used.add(key);
      const row = known.get(key)?.pop();
      if (row === undefined) return new Row(make, item, index, key, this.host).start();
      row.take(item, index);
      return row;
    });
  }
}

class IndexedRows extends Rows<Slot> {
  constructor(
    private readonly props: IndexProps<unknown>,
    host: Host,
  ) {
    super(
      () => props.each,
      () => props.fallback,
      host,
    );
  }

  protected match(old: readonly Slot[], items: readonly unknown[]): Slot[] {
    const make = () => this.props.children as Make;
    return items.map((item, index) => {
      const slot = old[index];
      if (slot === undefined) return new Slot(make, item, index, this.host).start();
      slot.item.write(item);
      return slot;
    });
  }
}

/** Properties of `For`. */
export interface ForProps<T> {
  readonly each: Each<T>;
  /** Key of an item. Default: the item itself. */
  readonly by?: ((item: T) => unknown) | undefined;
  /** Shown when there are no items. */
  readonly fallback?: View;
  /** Makes the view of an item; `index` is a signal. */
  readonly children: (item: T, index: Signal<number>) => View;
}

/**
 * Shows a list. Each item keeps its row, with elements, focus and state, wherever it moves; rows of items that are gone end.
 * With `by`, an item of the same key is shown in the row of the one before.
 */
export function For<T>(props: ForProps<T>): View {
  return new Native((host) => new KeyedRows(props as ForProps<unknown>, host).start());
}

/** Properties of `Index`. */
export interface IndexProps<T> {
  readonly each: Each<T>;
  /** Shown when there are no items. */
  readonly fallback?: View;
  /** Makes the view of a position; `item` is a signal. */
  readonly children: (item: Signal<T>, index: number) => View;
}

/** Shows a list by position: rows stay, and their items change. For texts and numbers, which have no identity. */
export function Index<T>(props: IndexProps<T>): View {
  return new Native((host) => new IndexedRows(props as IndexProps<unknown>, host).start());
}
