import { type Signal, SignalNode, signalOf } from '../reactive/signal.js';
import { Hole } from './hole.js';
import type { Host, ListProps } from './host.js';
import { Made } from './native.js';
import { type Each, type Making, type Matched, Rows } from './rows.js';
import type { View } from './types.js';

/** A row of `Index`: its position stays, its item changes. */
class Slot extends Hole {
  readonly item: SignalNode<unknown>;
  private readonly signal: Signal<unknown>;

  constructor(
    private readonly make: Making,
    item: unknown,
    private readonly index: number,
    host: Host,
  ) {
    super(make.peek() as () => unknown, host);
    this.item = new SignalNode(item);
    this.signal = signalOf(this.item);
  }

  override get label(): string {
    return 'row';
  }

  protected override evaluate(): unknown {
    return this.make.peek()(this.signal as never, this.index as never);
  }
}

class IndexedRows extends Rows<Slot> {
  protected match(old: readonly Slot[], items: readonly unknown[]): Matched<Slot> {
    const { make } = this;
    const rows = items.map((item, index) => {
      const slot = old[index];
      if (slot === undefined) return this.begin(new Slot(make, item, index, this.host), index);
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
  /** Returns the view of a position; `item` is a signal. */
  readonly children: (item: Signal<T>, index: number) => View;
}

/** Shows a list by position: rows stay, and their items change. For texts and numbers, which have no identity. */
export function Index<T>(props: IndexProps<T>): View {
  return new Made((host) => host.list?.(props as ListProps, true) ?? new IndexedRows(props as ListProps, host).start());
}
