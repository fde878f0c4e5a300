const slots = 1024;

/**
 * Caches property names by their bytes, so that a repeated name is not decoded, allocated and interned again. Bounded: a newer name
 * replaces an older one. Holds short ASCII names only, never `__proto__`. Takes 8 KiB once there is a name, so connections share one.
 */
export class KeyCache {
  private names: string[] = [];

  /** @returns the name in `bytes[start, start + size)`, or `undefined` when it is not cached */
  find(bytes: Uint8Array, start: number, size: number): string | undefined {
    const name = this.names[slot(bytes, start, size)];
    if (name === undefined || name.length !== size) return undefined;
    for (let index = 0; index < size; index++) {
      if (name.charCodeAt(index) !== bytes[start + index]) return undefined;
    }
    return name;
  }

  /** Caches `name`, which was read from `bytes[start, start + size)`. Ignores names that are not ASCII. */
  add(bytes: Uint8Array, start: number, size: number, name: string): void {
    if (name.length !== size) return;
    if (this.names.length === 0) this.names = new Array<string>(slots).fill('');
    this.names[slot(bytes, start, size)] = name;
  }
}

function slot(bytes: Uint8Array, start: number, size: number): number {
  const mixed = (bytes[start]! * 33) ^ (bytes[start + size - 1]! * 7) ^ (bytes[start + (size >> 1)]! * 131);
  return (mixed + size * 61) & (slots - 1);
}
