/** Readers of a stream without an end: each item that is told reaches all of them. */
export class Readers {
  readonly #readers = new Set<(item: number) => void>();

  get size(): number {
    return this.#readers.size;
  }

  tell(item: number): void {
    for (const read of this.#readers) read(item);
  }

  async *follow(): AsyncGenerator<number> {
    const items: number[] = [];
    let wake = () => {};
    const read = (item: number) => {
      items.push(item);
      wake();
    };
    this.#readers.add(read);
    try {
      for (;;) {
        while (items.length > 0) yield items.shift()!;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#readers.delete(read);
    }
  }
}
