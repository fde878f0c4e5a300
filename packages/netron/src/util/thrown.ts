/** Reads thrown values, which may be anything: an object without a prototype, or a proxy that throws on every access. Never throws. */

/** Whether a value is an error, of this realm or another; also `true` for one that cannot be inspected. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || (typeof value === 'object' && Object.prototype.toString.call(value) === '[object Error]');
  } catch {
    return true;
  }
}

/** Returns the message of an error, or the text of any other value. */
export function thrownText(thrown: unknown): string {
  try {
    return String(isError(thrown) ? thrown.message : thrown);
  } catch {
    return 'an unprintable value was thrown';
  }
}

/** Returns a property of a thrown value; `undefined` when it has none or cannot be inspected. */
export function thrownProperty(thrown: unknown, name: PropertyKey): unknown {
  try {
    return (thrown as { readonly [name: PropertyKey]: unknown } | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
