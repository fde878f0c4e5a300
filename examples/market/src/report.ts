export const mebibyte = 1024 * 1024;

/** Values of one line of the table. */
export interface Measurement {
  what: string;
  /** Number of runs. */
  count?: number;
  bytes?: number;
  /** Milliseconds for all of them together. */
  ms?: number;
  note?: string;
}

/** Collects measurements. */
export class Report {
  readonly #rows: string[][] = [['', 'count', 'time', 'rate', '']];

  add({ what, count, bytes, ms, note = '' }: Measurement): void {
    const amount = bytes === undefined ? (count?.toLocaleString('en') ?? '') : `${inMebibytes(bytes)} MiB`;
    this.#rows.push([what, amount, ms === undefined ? '' : duration(ms), rate(count, bytes, ms), note]);
  }

  toString(): string {
    const widths = [0, 1, 2, 3].map((column) => Math.max(...this.#rows.map((row) => row[column]?.length ?? 0)));
    const lines = this.#rows.map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   '),
    );
    lines.splice(1, 0, '-'.repeat(widths.reduce((sum, width) => sum + width + 3, -3)));
    return lines.map((line) => line.trimEnd()).join('\n');
  }
}

/** Runs `work` and returns how many milliseconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}

function rate(count: number | undefined, bytes: number | undefined, ms: number | undefined): string {
  if (ms === undefined) return '';
  if (bytes !== undefined) return `${inMebibytes((bytes * 1000) / ms)} MiB/s`;
  return count === undefined || count < 2 ? '' : `${Math.round((count * 1000) / ms).toLocaleString('en')}/s`;
}

function inMebibytes(bytes: number): string {
  return Math.round(bytes / mebibyte).toLocaleString('en');
}

function duration(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : `${Math.round(ms).toLocaleString('en')} ms`;
}
