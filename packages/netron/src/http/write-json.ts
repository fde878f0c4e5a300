/** Writes any value as JSON: natural JSON, or rich JSON with a list of tags for values that JSON lacks. */
import { toBase64 } from '#platform';
import type { ErrorCodec, WireError } from '../errors/wire-error.js';
import { unboxed } from '../wire/boxed.js';
import { builtInKind, dataOf, otherKind } from '../wire/instance-kind.js';
import { methodOf } from '../wire/instances.js';
import { defaultLimits } from '../wire/limits.js';
import { partsOf } from '../wire/regexp.js';
import { temporalKind, textOfTemporal } from '../wire/temporal.js';
import { arrayKind, bytesOf } from '../wire/typed-array.js';
import { Unwritable } from '../wire/unwritable.js';
import { textOfUrl } from '../wire/url.js';
import { textsOf, type WebListKind, webListKind } from '../wire/web-lists.js';
import { jsonTags } from './json-tags.js';
import { type JsonOptions, jsonDepth } from './json-values.js';

/**
 * Writes one value.
 *
 * - Rich: `{"v":…}` for values that JSON has, `{"v":…,"t":[["d",0,"createdAt"]]}` otherwise.
 * - Natural: dates are ISO strings; bigints, URLs and regular expressions are strings; bytes are base64; Maps are lists of pairs; Sets are
 *   lists. Numbers that JSON lacks and `undefined` become `null`, except that properties with `undefined` are left out.
 *
 * The rules for class instances are those of the wire: an instance that would lose a part is refused.
 *
 * @param root name of the value in errors, for instance `result`
 * @throws NetronError `invalid_argument` that names the path of a value that cannot be written, `resource_exhausted` for a value that is
 *   nested too deep
 */
export function writeJson(value: unknown, options: JsonOptions, root = 'value'): string {
  if (isPlainLeaf(value)) return options.rich ? `{"v":${JSON.stringify(value)}}` : JSON.stringify(value);
  const tree = new JsonTree(options);
  try {
    const plain = tree.plain(value);
    if (!options.rich) return JSON.stringify(plain) ?? 'null';
    const { tags } = tree;
    return tags.length === 0 ? `{"v":${JSON.stringify(plain)}}` : `{"v":${JSON.stringify(plain)},"t":${JSON.stringify(tags)}}`;
  } catch (thrown) {
    throw Unwritable.explain(thrown, root);
  }
}

/** Bits of the longest integer, as on the wire. */
const longestInteger = 2n ** 8191n;

/** Converts one value to JSON. Containers are copied only when something in them changes. */
class JsonTree {
  readonly tags: (string | number)[][] = [];
  readonly #rich: boolean;
  readonly #errors: ErrorCodec | undefined;
  readonly #deepest: number;
  #levelsLeft: number;
  readonly #path: (string | number)[] = [];

  constructor({ rich, errors, limits = defaultLimits }: JsonOptions) {
    this.#rich = rich;
    this.#errors = errors;
    this.#deepest = jsonDepth(limits.depth) - 1;
    this.#levelsLeft = this.#deepest;
  }

  /** Returns `value` in the form that `JSON.stringify` writes. */
  plain(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return isOrdinary(value) ? value : this.#number(value);
      case 'undefined':
        return this.#rich ? this.#tagged(jsonTags.undefined, null) : undefined;
      case 'bigint':
        if (value >= longestInteger || value < -longestInteger) {
          throw new Unwritable('invalid_argument', 'is an integer of more than 8192 bits');
        }
        return this.#tagged(jsonTags.bigint, String(value));
      case 'object':
        if (value === null) return null;
        if (Array.isArray(value)) return this.#array(value);
        return this.#object(value);
      case 'function':
        throw new Unwritable('invalid_argument', 'is a function, which requires a connection in both directions');
      default:
        throw new Unwritable('invalid_argument', `is a ${typeof value}`);
    }
  }

  #tagged(tag: string, plain: unknown): unknown {
    if (this.#rich) this.tags.push([tag, ...this.#path]);
    return plain;
  }

  #number(value: number): unknown {
    if (this.#rich) return this.#tagged(jsonTags.number, Object.is(value, -0) ? '-0' : String(value));
    return value === 0 ? 0 : null;
  }

  #array(array: readonly unknown[]): unknown[] {
    const { length } = array;
    let copy: unknown[] | undefined;
    let index = 0;
    this.#enter();
    // A proxy may return any length.
    if (length >>> 0 !== length) throw new Unwritable('invalid_argument', 'is an array with an invalid length');
    try {
      for (; index < length; index++) {
        const item = array[index];
        if (isPlainLeaf(item)) continue;
        this.#path.push(index);
        const plain =
          item === undefined && this.#rich && !(index in array) ? this.#tagged(jsonTags.hole, null) : this.plain(item);
        this.#path.pop();
        if (plain === item) continue;
        copy ??= array.slice();
        copy[index] = plain;
      }
    } catch (thrown) {
      throw Unwritable.within(thrown, array, index);
    }
    this.#levelsLeft++;
    return copy ?? (array as unknown[]);
  }

  #object(object: object): unknown {
    const prototype = Object.getPrototypeOf(object);
    if (prototype === Object.prototype || prototype === null) return this.#record(object as Record<string, unknown>, undefined);
    return this.#instance(object, prototype);
  }

  /** @param instance whether it is an instance of a class, whose functions are not callable remotely */
  #record(
    record: Readonly<Record<string, unknown>>,
    copy: Record<string, unknown> | undefined,
    instance = false,
  ): Record<string, unknown> {
    const keys = Object.keys(record);
    let key = '';
    this.#enter();
    try {
      for (let index = 0; index < keys.length; index++) {
        key = keys[index]!;
        if (key === '__proto__') throw new Unwritable('invalid_argument', 'has a forbidden name');
        const item = record[key];
        if (isPlainLeaf(item)) {
          if (copy !== undefined) copy[key] = item;
          continue;
        }
        if (instance && typeof item === 'function') throw new Unwritable('invalid_argument', methodOf(record));
        this.#path.push(key);
        const plain = this.plain(item);
        this.#path.pop();
        if (copy === undefined && plain !== item) copy = { ...record };
        if (copy !== undefined) copy[key] = plain;
      }
    } catch (thrown) {
      throw Unwritable.within(thrown, record, key);
    }
    this.#levelsLeft++;
    return copy ?? (record as Record<string, unknown>);
  }

  /** Converts objects with their own prototype, of this realm or another: the same ones as on the wire. */
  #instance(object: object, prototype: object): unknown {
    const kind = builtInKind(object, prototype);
    if (kind !== undefined) return this.#kind(object, kind);
    const temporal = temporalKind(object);
    if (temporal > 0) return this.#tagged(jsonTags.temporal + temporal, textOfTemporal(object, temporal));
    const list = webListKind(object);
    if (list !== undefined) return this.#webList(object as Headers, list);
    return this.#kind(object, otherKind(object, prototype));
  }

  #kind(object: object, kind: ReturnType<typeof otherKind>): unknown {
    switch (kind) {
      case 'bytes':
      case 'array':
        return this.#bytes(object as Uint8Array);
      case 'date': {
        const time = dateTime.call(object as Date);
        return this.#tagged(jsonTags.timestamp, Number.isNaN(time) ? null : new Date(time).toISOString());
      }
      case 'map':
        return this.#list(jsonTags.map, [...(object as Map<unknown, unknown>)], object);
      case 'set':
        return this.#list(jsonTags.set, [...(object as Set<unknown>)], object);
      case 'error':
        return this.#error(object as Error);
      case 'url':
        return this.#tagged(jsonTags.url, textOfUrl(object as URL));
      case 'regexp': {
        const [source, flags] = partsOf(object as RegExp);
        return this.#tagged(jsonTags.regexp, `/${source}/${flags}`);
      }
      case 'boxed': {
        const plain = this.plain(unboxed(object));
        return this.#tagged(jsonTags.boxed, plain);
      }
      case 'record':
        return this.#record(object as Record<string, unknown>, undefined);
      case 'data':
        return this.#data(object);
    }
  }

  /** Converts class instances: by their `toJSON`, or by their fields when those are complete. */
  #data(object: object): unknown {
    const data = dataOf(object);
    if ('keys' in data) return this.#record(object as Record<string, unknown>, {}, true);
    this.#enter();
    const plain = this.plain(data.json);
    this.#levelsLeft++;
    return plain;
  }

  /** URLSearchParams are the string of a query; Headers are a list of pairs, like a Map. */
  #webList(list: URLSearchParams | Headers, kind: WebListKind): unknown {
    const texts = textsOf(list as Headers, kind);
    if (kind === 'searchParams') return this.#tagged(jsonTags.searchParams, String(new URLSearchParams(pairs(texts))));
    return this.#tagged(jsonTags.headers, pairs(texts));
  }

  #list(tag: string, items: unknown[], of: object): unknown {
    try {
      return this.#tagged(tag, this.#array(items));
    } catch (thrown) {
      if (thrown instanceof Unwritable) thrown.containers[thrown.containers.length - 1] = of;
      throw thrown;
    }
  }

  #bytes(value: ArrayBufferView | ArrayBuffer): unknown {
    const kind = arrayKind(value);
    return this.#tagged(kind === undefined ? jsonTags.bytes : jsonTags.array + kind, toBase64(bytesOf(value)));
  }

  #error(error: Error): unknown {
    if (this.#errors === undefined) throw new Unwritable('invalid_argument', 'is an error, for which no codec is configured');
    const plain = this.#record(recordOf(this.#errors.encodeData?.(error) ?? this.#errors.encode(error)), undefined);
    return this.#tagged(jsonTags.error, plain);
  }

  #enter(): void {
    if (--this.#levelsLeft < 0) {
      throw new Unwritable('resource_exhausted', `is nested deeper than the limit of ${this.#deepest} levels`);
    }
  }
}

function pairs(texts: readonly string[]): [string, string][] {
  return Array.from({ length: texts.length / 2 }, (_, index) => [texts[index * 2]!, texts[index * 2 + 1]!]);
}

const { getTime: dateTime } = Date.prototype;

/** Whether JSON writes `value` as it is. */
function isPlainLeaf(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isOrdinary(value);
    default:
      return value === null;
  }
}

/** Whether JSON has the number: not infinite, NaN or -0. */
function isOrdinary(value: number): boolean {
  return value === 0 ? 1 / value > 0 : value - value === 0;
}

function recordOf({ cause, ...rest }: WireError): Record<string, unknown> {
  return cause === undefined ? rest : { ...rest, cause: recordOf(cause) };
}
