import { mebibyte } from './report.js';

/** Shows progress: in a terminal on one line that changes, elsewhere with a line for each quarter. */
export class ProgressBar {
  readonly #label: string;
  readonly #size: number;
  readonly #start = performance.now();
  #bytes = 0;
  #shown = 0;

  /** @param size bytes */
  constructor(label: string, size: number) {
    this.#label = label;
    this.#size = size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  update(bytes: number): void {
    this.#bytes = bytes;
    const percent = Math.floor((bytes / this.#size) * 100);
    const step = process.stdout.isTTY ? 1 : 25;
    const reached = percent - (percent % step);
    if (reached <= this.#shown) return;
    this.#shown = reached;
    const bar = '#'.repeat(percent / 4).padEnd(25, '.');
    const speed = Math.round((bytes * 1000) / mebibyte / (performance.now() - this.#start));
    const line = `  ${this.#label.padEnd(11)} [${bar}] ${String(percent).padStart(3)} %  ${String(speed).padStart(4)} MiB/s`;
    if (!process.stdout.isTTY) console.log(line);
    else process.stdout.write(`\r${line}${percent === 100 ? '\n' : ''}`);
  }
}
