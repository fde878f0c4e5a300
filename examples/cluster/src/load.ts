import type { Remote } from '@omnitron-dev/netron';
import type { Squares } from './node.js';

/** Counts of one client over a period. */
export interface Seen {
  readonly calls: number;
  readonly failed: number;
  readonly wrong: number;
  readonly slowestMs: number;
  /** Answers by node. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** Calls a service without a pause, with a fixed number of calls in flight. */
export class Load {
  readonly #squares: Remote<Squares>;
  readonly #callers: Promise<void>[];
  #stopping = false;
  #value = 0;
  #waiting: (() => void)[] = [];
  #seen = newSeen();
  /** The first failure. */
  error: unknown;

  constructor(squares: Remote<Squares>, concurrent: number) {
    this.#squares = squares;
    this.#callers = Array.from({ length: concurrent }, () => this.#call());
  }

  /** Resolves after this many more calls. */
  async more(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Returns the counts since the last call of this method. */
  take(): Seen {
    const seen = this.#seen;
    this.#seen = newSeen();
    return seen;
  }

  /** Stops, and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#callers);
  }

  async #call(): Promise<void> {
    while (!this.#stopping) {
      this.#value += 1;
      const value = this.#value;
      const start = performance.now();
      try {
        const { node, square } = await this.#squares.square(value);
        this.#seen.nodes[node] = (this.#seen.nodes[node] ?? 0) + 1;
        if (square !== value * value) this.#seen.wrong += 1;
      } catch (error) {
        this.error ??= error;
        this.#seen.failed += 1;
      }
      this.#seen.calls += 1;
      this.#seen.slowestMs = Math.max(this.#seen.slowestMs, performance.now() - start);
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }
}

function newSeen() {
  return { calls: 0, failed: 0, wrong: 0, slowestMs: 0, nodes: {} as Record<string, number> };
}
