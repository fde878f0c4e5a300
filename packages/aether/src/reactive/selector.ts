import { batch } from './batch.js';
import { computed } from './computed.js';
import { reaction } from './effect.js';
import { active } from './graph.js';
import { SignalNode } from './signal.js';

/** A signal that is dropped when its last reader is gone. */
class Entry<T> extends SignalNode<boolean> {
  constructor(
    selected: boolean,
    private readonly key: T,
    private readonly entries: Map<T, Entry<T>>,
  ) {
    super(selected);
  }

  override unwatched(): void {
    this.entries.delete(this.key);
  }
}

/**
 * Creates a function that returns whether a key is the selected one. A new selection notifies only readers of the previously
 * and the newly selected key: two of a thousand rows.
 *
 * ```ts
 * const isSelected = selector(() => selectedId());
 * <tr class={() => isSelected(row.id) ? 'selected' : ''}>
 * ```
 *
 * It works for as long as the owner in which it was created.
 */
export function selector<T>(source: () => T): (key: T) => boolean {
  const current = computed(source);
  const entries = new Map<T, Entry<T>>();
  let selected = current.peek();

  const settle = () => {
    const next = current.peek();
    if (Object.is(next, selected)) return;
    const before = selected;
    selected = next;
    batch(() => {
      entries.get(before)?.write(false);
      entries.get(next)?.write(true);
    });
  };
  reaction(() => {
    current();
    settle();
  }, 'selector');

  return (key) => {
    // A reader may run before the effect above; its value is up to date anyway.
    settle();
    if (active.tracker === undefined) return Object.is(key, selected);
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = new Entry(Object.is(key, selected), key, entries);
      entries.set(key, entry);
    }
    return entry.read();
  };
}
