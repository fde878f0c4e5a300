import { ComputedNode } from '../reactive/computed.js';
import { EffectNode } from '../reactive/effect.js';
import { runIn, Scope } from '../reactive/owner.js';
import { arrange } from './arrange.js';
import type { Hole } from './hole.js';
import type { Host, ListProps } from './host.js';
import { type Instance, nodeAfter } from './instance.js';
import { valuesOf } from './list.js';

/** A list, or nothing, or a function or signal that returns it. */
export type Each<T> = Iterable<T> | null | undefined | false | (() => Iterable<T> | null | undefined | false);

/** Returns the program's function that creates rows. A computed, because each row reads it, and reading a property takes longer. */
export type Making = ComputedNode<ListProps['children']>;

/** The rows of new items. */
export interface Matched<R> {
  readonly rows: R[];
  /** For each row, its position among the previous ones; -1 for a new one. */
  readonly sources: readonly number[];
  /** Previous rows that are gone. */
  readonly gone: readonly R[];
}

/** Common base of lists: rows in place of one instance, and a fallback if there are none. */
export abstract class Rows<R extends Hole> extends EffectNode implements Instance {
  rows: R[] = [];
  /** Shown while there are no rows. */
  private none: Instance | undefined = undefined;
  /** Whether `none` is the fallback, rather than a placeholder for rows that have not been computed. */
  private fallen = false;
  /** Owner of the rows. The effect itself cannot own them: its children are disposed on each run. */
  private readonly inside: Scope = new Scope(this, false);
  protected readonly make: Making = new ComputedNode(() => this.props.children);

  constructor(
    protected readonly props: ListProps,
    protected readonly host: Host,
  ) {
    super(() => {
      const { each } = props;
      return typeof each === 'function' ? (each as () => unknown)() : each;
    });
  }

  override get label(): string {
    return 'list';
  }

  start(): this {
    this.execute();
    this.none ??= this.rows.length === 0 ? this.host.create(undefined) : undefined;
    return this;
  }

  /** Starts a row at its position. */
  protected begin(row: R, index: number): R {
    return this.host.at?.(index, row) ?? row.start();
  }

  protected abstract match(old: readonly R[], items: readonly unknown[]): Matched<R>;

  protected override perform(): void {
    const value = this.fn();
    // A copy, so that the items of a store are tracked.
    const items = value ? valuesOf(value)?.slice() : [];
    if (items === undefined) throw new TypeError(`each must be iterable, not ${typeof value}`);
    runIn(this.inside, () => this.show(items));
  }

  private show(items: readonly unknown[]): void {
    const old = this.rows;
    const shown = old.length > 0 || this.none !== undefined;
    const { rows, sources, gone } = this.match(old, items);
    const fallback = rows.length > 0 || this.fallen ? undefined : this.host.create(this.props.fallback);
    // Not earlier: a surrounding `Suspense` removes all of them when a created one waits.
    const parent = shown ? this.firstNode().parentNode : null;
    const end = shown ? nodeAfter(this) : null;
    for (const row of gone) row.dispose();
    if (gone.length === old.length && gone.length > 0) removeAll(old);
    else for (const row of gone) row.remove();
    this.rows = rows;
    if (rows.length > 0) {
      this.replaceNone(undefined);
      if (parent !== null) arrange(rows, sources, old.length, parent, end);
    } else if (fallback !== undefined) {
      if (parent !== null) fallback.insert(parent, end);
      this.replaceNone(fallback);
    }
  }

  private replaceNone(next: Instance | undefined): void {
    this.none?.dispose();
    this.none?.remove();
    this.none = next;
    this.fallen = next !== undefined;
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

/** Removes all rows, which are adjacent: in one step if their parent has no other children. */
function removeAll(rows: readonly Instance[]): void {
  const first = (rows[0] as Instance).firstNode();
  const last = (rows.at(-1) as Instance).lastNode();
  const parent = first.parentNode;
  if (parent !== null && parent.firstChild === first && parent.lastChild === last && 'replaceChildren' in parent)
    (parent as Element).replaceChildren();
  else for (const row of rows) row.remove();
}
