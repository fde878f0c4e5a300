import { batch, untrack } from '../reactive/batch.js';
import { refusePrototype } from './objects.js';
import { kindOf, unwrap } from './proxies.js';
import { store } from './store.js';

type Fields = Record<PropertyKey, unknown>;

/**
 * Makes a store, or an object inside of one, equal to `next` by changing only what differs: existing objects are kept, and
 * only readers of changed properties are notified. Objects in arrays are matched by the property `key`; those without one,
 * by position.
 *
 * @param target a store, or an object inside of one, of the same kind as `next`
 * @param key default `id`
 * @throws TypeError when the two are of different kinds
 */
export function reconcile<T extends object>(target: T, next: T, key: PropertyKey = 'id'): void {
  const kind = kindOf(unwrap(target));
  if (kind === undefined || kind !== kindOf(unwrap(next))) {
    throw new TypeError('reconcile: target must be a store, and next of its kind: object, array, Map or Set');
  }
  batch(() => untrack(() => merge(store(target), unwrap(next), { key, done: new Map() })));
}

/** Rules and results of the matching; objects may be circular. */
interface Matching {
  readonly key: PropertyKey;
  /** Objects of the store, by the object that they were made equal to. */
  readonly done: Map<object, Set<object>>;
}

function merge(target: object, next: object, by: Matching): void {
  const equal = by.done.get(next) ?? new Set();
  if (unwrap(target) === next || equal.has(unwrap(target))) return;
  by.done.set(next, equal.add(unwrap(target)));
  const kind = kindOf(next);
  if (kind === 'array') mergeArray(target as unknown[], next as unknown[], by);
  else if (kind === 'map') mergeMap(target as Map<unknown, unknown>, next as Map<unknown, unknown>, by);
  else if (kind === 'set') mergeSet(target as Set<unknown>, next as Set<unknown>);
  else mergeFields(target as Fields, next as Fields, by);
}

/** Returns `before`, made equal to `next`, if both have the same kind and key; otherwise `next`. */
function merged(before: unknown, given: unknown, by: Matching): unknown {
  const next = unwrap(given);
  const kind = kindOf(next);
  if (kind === undefined || kind !== kindOf(unwrap(before)) || keyOf(before, by.key) !== keyOf(next, by.key)) return next;
  merge(before as object, next as object, by);
  return before;
}

function keyOf(value: unknown, key: PropertyKey): unknown {
  return kindOf(unwrap(value)) === 'object' ? (value as Fields)[key] : undefined;
}

function mergeFields(target: Fields, next: Fields, by: Matching): void {
  for (const field of Reflect.ownKeys(next)) refusePrototype(field);
  for (const field of Reflect.ownKeys(target)) if (!Object.hasOwn(next, field)) delete target[field];
  for (const field of Reflect.ownKeys(next)) target[field] = merged(target[field], next[field], by);
}

function mergeArray(target: unknown[], next: readonly unknown[], by: Matching): void {
  const known = new Map<unknown, unknown>();
  for (const item of target) {
    const id = keyOf(item, by.key);
    if (id !== undefined && !known.has(id)) known.set(id, item);
  }
  const items = next.map((item, index) => {
    const id = keyOf(unwrap(item), by.key);
    if (id === undefined) return merged(target[index], item, by);
    const before = known.get(id);
    // Each object is used once, even if its key is repeated.
    known.delete(id);
    return before === undefined ? unwrap(item) : merged(before, item, by);
  });
  for (const [index, item] of items.entries()) target[index] = item;
  target.length = items.length;
}

function mergeMap(target: Map<unknown, unknown>, next: ReadonlyMap<unknown, unknown>, by: Matching): void {
  for (const each of [...target.keys()]) if (!next.has(unwrap(each))) target.delete(each);
  for (const [each, value] of next) target.set(each, merged(target.get(each), value, by));
}

function mergeSet(target: Set<unknown>, next: ReadonlySet<unknown>): void {
  for (const each of [...target]) if (!next.has(unwrap(each))) target.delete(each);
  for (const each of next) target.add(each);
}
