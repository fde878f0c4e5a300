type Position = readonly [x: number, y: number];

const stored = 'aether.scroll';
/** Browsers keep fewer entries: Chromium and Firefox fifty. */
const maximum = 100;

/** Scroll positions of entries of the history: the last hundred, in the order in which they were left. */
export class ScrollPositions {
  readonly #positions = new Map<string, Position>();

  get size(): number {
    return this.#positions.size;
  }

  of(key: string): Position | undefined {
    return this.#positions.get(key);
  }

  note(key: string, position: Position): void {
    this.#positions.delete(key);
    this.#positions.set(key, position);
    if (this.size > maximum) this.#positions.delete(this.#positions.keys().next().value as string);
  }

  /** Writes them for the next document. */
  keep(storage: () => Storage): void {
    attempt(() => storage().setItem(stored, JSON.stringify([...this.#positions])));
  }

  /** Reads the positions of the previous document, except for entries that this one has seen. */
  restore(storage: () => Storage): void {
    attempt(() => {
      const kept = JSON.parse(storage().getItem(stored) ?? '[]') as [string, Position][];
      for (const [entry, [x, y]] of kept) if (!this.#positions.has(entry)) this.note(entry, [x, y]);
    });
  }
}

/** Accesses the storage, which a page may not have, and other code may write. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {}
}
