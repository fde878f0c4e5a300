/** Refuses arguments and options of the wrong type, with what was expected and what was passed. */

/** Describes the type of a value for error messages: `a string`, `an array`, `null`, `an object of class Date`. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = (Object.getPrototypeOf(value) as object | null)?.constructor ?? {};
  return name === undefined || name === '' || name === 'Object' ? 'an object' : `an object of class ${name}`;
}

/** Whether a value is a plain object: neither an array nor an instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also plain objects of other realms.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @throws TypeError when `value` is not an `AbortSignal`, of this or another realm */
export function checkSignal(value: unknown): void {
  if (value === undefined) return;
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  const hint = value instanceof AbortController ? ' (pass its property signal)' : '';
  throw new TypeError(`signal must be an AbortSignal, not ${described(value)}${hint}`);
}
