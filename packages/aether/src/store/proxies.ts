/** Pairs of proxies and objects: the same object always has the same proxy. */
const proxies = new WeakMap<object, object>();
const raws = new WeakMap<object, object>();

/** Registers an object and its proxy. */
export function pair(raw: object, proxy: object): void {
  proxies.set(raw, proxy);
  raws.set(proxy, raw);
}

/** Returns the proxy of an object, if it has one. */
export const proxyOf = (raw: object): object | undefined => proxies.get(raw);

/** Returns the object behind a store; any other value is returned as it is. Changes to that object notify nobody. */
export function unwrap<T>(value: T): T {
  return ((typeof value === 'object' && value !== null && raws.get(value)) || value) as T;
}

/** Kinds of reactive values. */
export type Kind = 'object' | 'array' | 'map' | 'set';

/** Returns the kind of a value that can be reactive: a plain object, array, Map or Set that is not frozen. */
export function kindOf(value: unknown): Kind | undefined {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return undefined;
  if (Array.isArray(value)) return 'array';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return 'object';
  if (prototype === Map.prototype) return 'map';
  return prototype === Set.prototype ? 'set' : undefined;
}
