import { untrack } from '../reactive/batch.js';
import { type Signal, SignalNode, signalOf } from '../reactive/signal.js';
import { Hole } from './hole.js';
import type { Host, ListProps } from './host.js';
import { Native } from './native.js';
import { type Each, type Make, type Matched, Rows } from './rows.js';
import type { View } from './types.js';

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
    super(make, host);
    this.item = new SignalNode(item);
    this.signal = signalOf(this.item);
  }

  override get label(): string {
    return 'row';
  }

  protected override evaluate(): unknown {
    return untrack(this.make)(this.signal as never, this.index as never);
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

  protected match(old: readonly Slot[], items: readonly unknown[]): Matched<Slot> {
    const make = () => this.props.children as Make;
    const rows = items.map((item, index) => {
      const slot = old[index];
      if (slot === undefined) return new Slot(make, item, index, this.host).start();
      slot.item.write(item);
      return slot;
    });
    return { rows, sources: rows.map((_, index) => (index < old.length ? index : -1)), gone: old.slice(items.length) };
  }
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
  return new Native(
    (host) => host.list?.(props as ListProps, true) ?? new IndexedRows(props as IndexProps<unknown>, host).start(),
  );
}
