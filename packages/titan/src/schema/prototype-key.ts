/** Place of an object in data: its parent and its key. */
interface Place {
  readonly of: Place | undefined;
  readonly key: PropertyKey;
}

/**
 * Finds a key named `__proto__` anywhere in data. Code that copies such a record, schemas included, drops the key or sets a
 * prototype with it, and no transport carries it. Looks into plain objects, lists, maps and sets, into each once.
 *
 * @returns the path of the key, including the key; `undefined` if there is none
 */
export function prototypeKey(data: unknown): PropertyKey[] | undefined {
  if (!isObject(data) || isFlat(data)) return undefined;
  const places = new Map<object, Place | undefined>([[data, undefined]]);
  for (const [at, of] of places) {
    for (const [key, inner] of itemsOf(at)) {
      const place = { of, key };
      if (key === '__proto__') return pathOf(place);
      if (isObject(inner) && !places.has(inner)) places.set(inner, place);
    }
  }
  return undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Returns whether no search is needed: most data is a record, or a list, of strings, numbers and booleans. */
function isFlat(data: object): boolean {
  if (Array.isArray(data)) {
    for (let index = 0; index < data.length; index++) if (isObject(data[index])) return false;
    return true;
  }
  if (!isPlain(data)) return !(data instanceof Map || data instanceof Set);
  for (const key in data) if (key === '__proto__' || isObject((data as Record<string, unknown>)[key])) return false;
  return true;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Returns the members of an object, by key; none for values that are not data. */
function* itemsOf(value: object): Generator<readonly [PropertyKey, unknown]> {
  if (Array.isArray(value)) yield* value.entries();
  else if (value instanceof Set) yield* [...value].entries();
  else if (value instanceof Map) {
    let index = 0;
    for (const [key, item] of value) {
      yield [index, key];
      yield [index++, item];
    }
  } else if (isPlain(value)) yield* Object.entries(value);
}

function pathOf(place: Place): PropertyKey[] {
  const path: PropertyKey[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.of) path.push(at.key);
  return path.reverse();
}
