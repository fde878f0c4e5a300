/** Values that are not data: a function, a stream, a class instance. */
class NoKey extends Error {}

/**
 * Returns a text that is equal for equal data and different for different data, types included: the key of results. Keys of
 * objects are sorted.
 *
 * @returns `undefined` if the data contains something that cannot be distinguished by its content, or is deeper than 64 levels
 */
export function canonical(value: unknown): string | undefined {
  try {
    return write(value, 0);
  } catch (error) {
    if (error instanceof NoKey) return undefined;
    throw error;
  }
}

/** Does the same for the arguments of a call. */
export function canonicalArguments(args: readonly unknown[]): string | undefined {
  // No text of data has the separator. A single argument, the common case, is written without a list.
  if (args.length === 1) return canonical(args[0]);
  const all = args.map((each) => canonical(each));
  return all.includes(undefined) ? undefined : `${all.join('\u0000')}\u0000`;
}

/** Largest number of keys of a record that are written separately from its values. */
const maxKeys = 16;

/**
 * Writes the arguments of one member in two parts, which are equal for equal arguments. For one record of strings, numbers
 * and booleans: its keys and its values; otherwise: nothing and the text of {@link canonicalArguments}. Keys repeat; values
 * alone are short.
 */
export class ArgumentsText {
  /** Keys of the arguments written last: the identical string each time. */
  keys = '';
  /** Keys of the previous record, in order, and as text. */
  #known: readonly string[] = [];
  #text = '';

  /** Returns the text of the values; `undefined` for arguments that cannot be distinguished. */
  of(args: readonly unknown[]): string | undefined {
    const first = args[0];
    if (args.length === 1 && typeof first === 'object' && first !== null && Object.getPrototypeOf(first) === Object.prototype) {
      const record = first as Record<string, unknown>;
      const values = this.#again(record) ?? this.#anew(record);
      if (values !== undefined) {
        this.keys = this.#text;
        return values;
      }
    }
    this.keys = '';
    return canonicalArguments(args);
  }

  /** Writes the values of a record that has the keys of the previous one, in the same order. */
  #again(record: Record<string, unknown>): string | undefined {
    const known = this.#known;
    let at = 0;
    let text = '';
    // Keys added to `Object.prototype` are not among the known ones.
    for (const key in record) {
      if (key !== known[at]) return undefined;
      const value = simple(record[key]);
      if (value === undefined) return undefined;
      text = at === 0 ? value : `${text},${value}`;
      at += 1;
    }
    return at > 0 && at === known.length ? text : undefined;
  }

  /** Writes the values of another record, in the order of its sorted keys. */
  #anew(record: Record<string, unknown>): string | undefined {
    const keys = Object.keys(record).sort();
    const values = keys.map((key) => simple(record[key]));
    if (keys.length === 0 || keys.length > maxKeys || values.includes(undefined)) return undefined;
    if (this.#known.length !== keys.length || keys.some((key, at) => key !== this.#known[at])) {
      this.#known = keys;
      this.#text = `${JSON.stringify(keys)}:`;
    }
    return values.join();
  }
}

/** Returns the text of a string, number or boolean; `undefined` for any other value. */
function simple(value: unknown): string | undefined {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'boolean' ? `${value}` : undefined;
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : ofObject(value, depth + 1);
    default:
      throw new NoKey();
  }
}

/** Characters that JSON escapes, or may escape: most strings have none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const escaped = /["\\\u0000-\u001f\u007f-\uffff]/;

/** Returns the JSON of a string. */
const quoted = (text: string): string => (escaped.test(text) ? JSON.stringify(text) : `"${text}"`);

function ofObject(value: object, depth: number): string {
  if (depth > 64) throw new NoKey();
  if (Array.isArray(value)) return ofItems(value, depth);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return ofRecord(value as Record<string, unknown>, depth);
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) return `Map(${[...value].map(([key, each]) => `${write(key, depth)}:${write(each, depth)}`).join()})`;
  if (value instanceof Set) return `Set(${[...value].map((each) => write(each, depth)).join()})`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}(${Buffer.from(bytes).toString('base64')})`;
  }
  throw new NoKey();
}

function ofItems(items: readonly unknown[], depth: number): string {
  let text = '';
  for (let at = 0; at < items.length; at++) text += at === 0 ? write(items[at], depth) : `,${write(items[at], depth)}`;
  return `[${text}]`;
}

function ofRecord(record: Record<string, unknown>, depth: number): string {
  const keys = Object.keys(record);
  if (!isSorted(keys)) keys.sort();
  let text = '';
  for (const key of keys) {
    const member = `${quoted(key)}:${write(record[key], depth)}`;
    text += text === '' ? member : `,${member}`;
  }
  return `{${text}}`;
}

function isSorted(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at++) if (keys[at - 1]! > keys[at]!) return false;
  return true;
}
