/** Reads what was thrown, which may be anything: an object without a prototype, a proxy that throws whatever is asked of it. Never throws. */

/** Whether a value is an error, of this realm or another; also for one that cannot be asked, which may be one. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || (typeof value === 'object' && Object.prototype.toString.call(value) === '[object Error]');
  } catch {
    return true;
  }
}

/** Returns the message of an error, and the text of anything else. */
export function thrownText(thrown: unknown): string {
  try {
    return String(isError(thrown) ? thrown.message : thrown);
  } catch {
    return 'something that has no text was thrown';
  }
}

/** Returns a property of what was thrown; `undefined` when it has none, or cannot be asked. */
export function thrownProperty(thrown: unknown, name: PropertyKey): unknown {
  try {
    return (thrown as { readonly [name: PropertyKey]: unknown } | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
