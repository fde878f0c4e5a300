/** Texts of errors: which names, codes and fields there may be, and how long a message. */

/** Says whether `value` may be the name of an error: an identifier, possibly dotted, of at most 128 characters. */
export function isErrorName(value: unknown): value is string {
  return typeof value === 'string' && /^[\p{L}_$][\p{L}\p{N}_$.]{0,127}$/u.test(value);
}

/** `value` as an error code: a text of at most 64 letters, digits and `_ . : / -`, or a whole number. */
export function readCode(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && /^[\w.:/-]{1,64}$/.test(value) ? value : undefined;
}

/** Names that no field of an error may have: they would change what the object is, or pretend to. */
const reserved: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'name',
  'message',
  'stack',
  'cause',
  'then',
]);

/** Says whether `name` may be the name of a field that an error carries. */
export function isFieldName(name: string): boolean {
  return name.length > 0 && name.length <= 128 && !reserved.has(name);
}

/** Longest message of an error that travels, in characters. */
const maxMessage = 8192;

/** `text`, at most 8,192 characters of it. */
export function cutMessage(text: string): string {
  return text.length <= maxMessage ? text : `${text.slice(0, maxMessage - 1)}…`;
}
