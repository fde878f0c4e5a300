/** Deepest level of the arguments of a cached call. */
const deepest = 32;

/**
 * Writes arguments as a string that is the same for equal arguments and for no others: properties are sorted by name, and
 * the kind of every value is marked.
 *
 * @returns `undefined` when a value cannot be written so: a function, a stream, a Blob, a cycle
 */
export function stableArgs(args: readonly unknown[]): string | undefined {
  if (args.length === 0) return '';
  try {
    if (args.length === 1) return write(args[0], 0);
    return args.map((argument) => write(argument, 0)).join(',');
  } catch (thrown) {
    if (thrown === noText) return undefined;
    throw thrown;
  }
}

const noText = Symbol('no text');

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'u';
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : writeObject(value, depth + 1);
    default:
      throw noText;
  }
}

function writeObject(object: object, depth: number): string {
  if (depth > deepest) throw noText;
  if (Array.isArray(object)) return `[${writeAll(object, depth)}]`;
  if (object instanceof Date) return `d${object.getTime()}`;
  if (object instanceof URL) return `l${JSON.stringify(object.href)}`;
  if (object instanceof Set) return `s[${writeAll([...object], depth)}]`;
  if (object instanceof Map) return `m[${writeAll([...object], depth)}]`;
  if (ArrayBuffer.isView(object)) {
    const { buffer, byteOffset, byteLength } = object;
    return `x${object.constructor.name}[${new Uint8Array(buffer, byteOffset, byteLength).join()}]`;
  }
  const tag = Object.prototype.toString.call(object);
  if (tag.startsWith('[object Temporal.')) return `t${tag}${String(object)}`;
  if (tag !== '[object Object]') throw noText;
  const record = object as Record<string, unknown>;
  return `{${Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${write(record[key], depth)}`)
    .join()}}`;
}

function writeAll(items: readonly unknown[], depth: number): string {
  let text = '';
  for (const item of items) text += `${write(item, depth)},`;
  return text;
}
