/** Rules for the texts of errors: valid names, codes and fields, and the length of messages. */

/** Whether `value` is a valid name of an error: an identifier, possibly dotted, of at most 128 characters. */
export function isErrorName(value: unknown): value is string {
  return typeof value === 'string' && /^[\p{L}_$][\p{L}\p{N}_$.]{0,127}$/u.test(value);
}

/** Returns `value` as an error code if it is one: a string of at most 64 letters, digits and `_ . : / -`, or a whole number. */
export function readCode(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && /^[\w.:/-]{1,64}$/.test(value) ? value : undefined;
}

/** Names that a field of an error must not have: they would change the nature of the object, or imitate another. */
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

/** Whether `name` is a valid name of an error's field. */
export function isFieldName(name: string): boolean {
  return name.length > 0 && name.length <= 128 && !reserved.has(name);
}

/** Maximum length of a message that is sent. */
const maxMessage = 8192;

/** Returns at most 8,192 characters of `text`. */
export function cutMessage(text: string): string {
  return text.length <= maxMessage ? text : `${text.slice(0, maxMessage - 1)}…`;
}
