/** Events of a simulated run, as lines, with a digest of all of them. */
export class Trace {
  readonly #now: () => number;
  readonly #keep: number;
  #lines: string[] = [];
  #count = 0;
  #low = 0x811c9dc5;
  #high = 0x01000193;

  /** @param keep number of latest lines that are kept at least; `Infinity` for all */
  constructor(now: () => number, keep: number) {
    this.#now = now;
    this.#keep = keep;
  }

  /** Number of lines written so far, including those not kept. */
  get count(): number {
    return this.#count;
  }

  /** The lines that are kept. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Digest: two runs with the same digest were the same, message by message. */
  get digest(): string {
    return hex(this.#high) + hex(this.#low);
  }

  note(text: string): void {
    const line = `${this.#now().toFixed(3)} ${text}`;
    this.#count += 1;
    this.#low = hashText(this.#low, line);
    this.#high = hashText(Math.imul(this.#high, 31) + line.length, line);
    if (this.#lines.push(line) > 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep);
  }
}

/** Returns a short hash of bytes: FNV-1a. */
export function hashOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hex(hash);
}

function hashText(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
