/** Longest text of a value, in characters. */
const longest = 200;
const deepest = 3;
const widest = 5;
const unreadable = '(unreadable)';

/** Writes any value as a short text. Never throws, and reads no more than a few properties. */
export function preview(value: unknown): string {
  const text = write(value, 0);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** Writes an error with its code, if it has one. Never throws. */
export function errorText(error: unknown): string {
  try {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    const text = typeof message === 'string' ? message : preview(error);
    return typeof code === 'string' ? `${code}: ${text}` : text;
  } catch {
    return unreadable;
  }
}

function write(value: unknown, depth: number): string {
  try {
    if (typeof value === 'string') return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'function') return `ƒ ${value.name}`;
    if (typeof value !== 'object' || value === null) return String(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Date(invalid)' : value.toISOString();
    if (value instanceof Error) return errorText(value);
    return writeObject(value, depth);
  } catch {
    return unreadable;
  }
}

function writeObject(value: object, depth: number): string {
  const name = value.constructor?.name ?? '';
  const size = sizeOf(value);
  if (depth === deepest) return size === undefined ? `${name}{…}` : `${name}(${size})`;
  if (size !== undefined) {
    const shown = items(first(value as Iterable<unknown>), size, depth);
    return Array.isArray(value) ? `[${shown}]` : `${name}(${size}) {${shown}}`;
  }
  const keys = Object.keys(value);
  const shown = keys.slice(0, widest).map((key) => `${key}: ${property(value, key, depth)}`);
  if (keys.length > widest) shown.push('…');
  const body = shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }`;
  return name === 'Object' || name === '' ? body : `${name} ${body}`;
}

/** Number of items of a list, also one of bytes; `undefined` for an object with properties. */
function sizeOf(value: object): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return ArrayBuffer.isView(value) && Symbol.iterator in value ? (value as Uint8Array).length : undefined;
}

/** Returns the first items. The rest of a long list is not read. */
function first(list: Iterable<unknown>): readonly unknown[] {
  const found: unknown[] = [];
  for (const item of list) {
    found.push(item);
    if (found.length === widest) break;
  }
  return found;
}

/** Reads a property; a getter that throws does not affect the others. */
function property(value: object, key: string, depth: number): string {
  try {
    return write((value as Record<string, unknown>)[key], depth + 1);
  } catch {
    return unreadable;
  }
}

function items(list: readonly unknown[], all: number, depth: number): string {
  const shown = list.map((item) => write(item, depth + 1));
  if (all > widest) shown.push(`… ${all - widest} more`);
  return shown.join(', ');
}
