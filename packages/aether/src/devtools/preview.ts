/** Longest text of a value, in characters. */
const longest = 200;
const deepest = 3;
const widest = 5;

/** Writes any value as a short text. Never throws, and reads no more than a few properties. */
export function preview(value: unknown): string {
  const text = write(value, 0);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** Writes an error with its code, if it has one. */
export function errorText(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const text = typeof message === 'string' ? message : preview(error);
  return typeof code === 'string' ? `${code}: ${text}` : text;
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
    return '(unreadable)';
  }
}

function writeObject(value: object, depth: number): string {
  const name = value.constructor?.name ?? '';
  const size = Array.isArray(value) ? value.length : value instanceof Map || value instanceof Set ? value.size : undefined;
  if (depth === deepest) return size === undefined ? `${name}{…}` : `${name}(${size})`;
  if (Array.isArray(value)) return `[${items(value.slice(0, widest), value.length, depth)}]`;
  if (value instanceof Map || value instanceof Set)
    return `${name}(${size}) {${items([...value].slice(0, widest), value.size, depth)}}`;
  const keys = Object.keys(value);
  const shown = keys.slice(0, widest).map((key) => `${key}: ${write((value as Record<string, unknown>)[key], depth + 1)}`);
  if (keys.length > widest) shown.push('…');
  const body = shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }`;
  return name === 'Object' || name === '' ? body : `${name} ${body}`;
}

function items(list: readonly unknown[], all: number, depth: number): string {
  const shown = list.map((item) => write(item, depth + 1));
  if (all > widest) shown.push(`… ${all - widest} more`);
  return shown.join(', ');
}
