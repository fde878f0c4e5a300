import { batch } from '../reactive/batch.js';
import { active } from '../reactive/graph.js';
import { SignalNode } from '../reactive/signal.js';

/** A signal inside of a store. It exists as long as it has readers. */
class Cell<T> extends SignalNode<T> {
  constructor(
    value: T,
    private readonly cells: Map<unknown, SignalNode<unknown>>,
    private readonly key: unknown,
  ) {
    super(value);
  }

  override unwatched(): void {
    this.cells.delete(this.key);
  }
}

const counters = { keys: Symbol('keys'), anything: Symbol('anything') };

/** Signals of one object: of values by key, of the presence of keys, of the list of keys, of any change. */
export class Cells {
  private readonly values = new Map<unknown, SignalNode<unknown>>();
  private readonly presences = new Map<unknown, SignalNode<unknown>>();

  /** Tracks the value of a key. */
  readValue(key: unknown, value: unknown): void {
    follow(this.values, key, value);
  }

  /** Tracks the presence of a key. */
  readPresence(key: unknown, present: boolean): void {
    follow(this.presences, key, present);
  }

  /** Tracks the keys and their order. */
  readKeys(): void {
    follow(this.presences, counters.keys, 0);
  }

  /** Tracks everything in the object, but not inside its values. */
  readAnything(): void {
    follow(this.presences, counters.anything, 0);
  }

  /** Notifies of a new value. `present` is whether the key exists now, `before` whether it did. */
  changed(key: unknown, value: unknown, present: boolean, before: boolean): void {
    batch(() => {
      this.values.get(key)?.write(value);
      if (present !== before) {
        this.presences.get(key)?.write(present);
        this.count(counters.keys);
      }
      this.count(counters.anything);
    });
  }

  /** Notifies of a value that is not a key of its own: the length of an array, the size of a Map. */
  derived(key: unknown, value: unknown): void {
    this.values.get(key)?.write(value);
  }

  private count(key: symbol): void {
    const counter = this.presences.get(key) as SignalNode<number> | undefined;
    counter?.write(counter.pending + 1);
  }
}

function follow(cells: Map<unknown, SignalNode<unknown>>, key: unknown, value: unknown): void {
  if (active.tracker === undefined) return;
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = new Cell(value, cells, key);
    cells.set(key, cell);
  }
  cell.read();
}
