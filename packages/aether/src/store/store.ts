import { batch } from '../reactive/batch.js';
import { journaled } from '../reactive/journal.js';
import { collectionProxy } from './collections.js';
import { ObjectTraps } from './objects.js';
import { kindOf, pair, proxyOf, unwrap } from './proxies.js';

/**
 * Makes an object reactive at every depth: reads of a property are tracked, and a write notifies only the readers of that
 * property. Plain objects, arrays, Maps and Sets are reactive; instances of other classes and frozen objects are left alone.
 *
 * The same object always returns the same store. A store holds the objects that you put into it; reading returns their
 * proxies.
 *
 * ```ts
 * const state = store({ user: { name: 'Ada' }, tags: ['a'] });
 * effect(() => console.log(state.user.name));
 * state.user.name = 'Grace';
 * ```
 *
 * @throws TypeError for a value that cannot be reactive
 */
export function store<T extends object>(object: T): T {
  const raw = unwrap(object);
  if (kindOf(raw) === undefined) {
    throw new TypeError('store: object must be an unfrozen plain object, array, Map or Set');
  }
  return wrap(raw);
}

/** Returns the proxy of a value that can be reactive, any other value as it is. */
function wrap<T>(value: T): T {
  const kind = kindOf(value);
  if (kind === undefined) return value;
  const raw = value as object;
  const known = proxyOf(raw);
  if (known !== undefined) return known as T;
  const proxy =
    kind === 'map' || kind === 'set'
      ? collectionProxy(raw as Map<unknown, unknown>, wrap)
      : new Proxy(raw as Record<PropertyKey, unknown>, new ObjectTraps(wrap));
  pair(raw, proxy);
  return proxy as T;
}

/**
 * Runs `change` as one change: effects run when it has returned. If it throws, its writes to stores and signals are undone,
 * nobody is notified, and the error is rethrown.
 *
 * @throws TypeError when `change` is asynchronous: what it wrote before its first `await` is undone
 */
export function transaction<T>(change: () => T): T {
  return batch(() => {
    const outcome = journaled(change);
    if ('error' in outcome) {
      outcome.undo();
      throw outcome.error;
    }
    if (typeof (outcome.result as { then?: unknown } | undefined)?.then === 'function') {
      outcome.undo();
      throw new TypeError('transaction: change must not be asynchronous');
    }
    return outcome.result;
  });
}

/** Copies a store, or a value inside of one, to plain objects, at every depth. In an effect, it tracks everything that it copies. */
export function snapshot<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(value: unknown, copies: Map<object, unknown>): unknown {
  const kind = kindOf(unwrap(value));
  if (kind === undefined) return value;
  const object = value as object;
  const known = copies.get(object);
  if (known !== undefined) return known;
  const enter = <T>(made: T): T => {
    copies.set(object, made);
    return made;
  };
  if (kind === 'array') {
    const items = object as unknown[];
    const made = enter(new Array<unknown>(items.length));
    for (let index = 0; index < items.length; index++) if (index in items) made[index] = copy(items[index], copies);
    return made;
  }
  if (kind === 'map') {
    const made = enter(new Map<unknown, unknown>());
    for (const [key, each] of object as Map<unknown, unknown>) made.set(copy(key, copies), copy(each, copies));
    return made;
  }
  if (kind === 'set') {
    const made = enter(new Set<unknown>());
    for (const each of object as Set<unknown>) made.add(copy(each, copies));
    return made;
  }
  const made = enter(Object.create(Object.getPrototypeOf(unwrap(object)) as object | null) as Record<PropertyKey, unknown>);
  for (const key of Reflect.ownKeys(object)) made[key] = copy((object as Record<PropertyKey, unknown>)[key], copies);
  return made;
}
