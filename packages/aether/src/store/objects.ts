import { batch, untrack } from '../reactive/batch.js';
import { journal } from '../reactive/journal.js';
import { Cells } from './cells.js';
import { unwrap } from './proxies.js';

/** Creates the proxy of a value inside a store. */
export type Wrap = <T>(value: T) => T;

type Raw = Record<PropertyKey, unknown>;

/** Traps of plain objects and arrays. */
export class ObjectTraps implements ProxyHandler<Raw> {
  private readonly cells = new Cells();

  constructor(private readonly wrap: Wrap) {}

  get(raw: Raw, key: PropertyKey, proxy: object): unknown {
    const value: unknown = Reflect.get(raw, key, proxy);
    const own = Object.hasOwn(raw, key);
    // Inherited methods are not part of the store and not expected to change.
    if (!own && typeof value === 'function') return Array.isArray(raw) ? this.method(raw, key, value as Method, proxy) : value;
    if (!own && typeof key === 'symbol') return value;
    this.cells.readValue(key, value);
    return own && !locked(raw, key) ? this.wrap(value) : value;
  }

  /** Returns a method of an array for calls on the store. */
  private method(raw: unknown[], key: PropertyKey, method: Method, proxy: object): Method {
    // One notification for all steps of a change; its reads are not tracked.
    if (changing.has(key)) return (...args) => batch(() => untrack(() => method.apply(proxy, args)));
    if (!searching.has(key)) return method;
    return (wanted, ...rest) => {
      this.cells.readAnything();
      return method.call(raw, unwrap(wanted), ...rest);
    };
  }

  has(raw: Raw, key: PropertyKey): boolean {
    const present = Reflect.has(raw, key);
    this.cells.readPresence(key, present);
    return present;
  }

  ownKeys(raw: Raw): ArrayLike<string | symbol> {
    this.cells.readKeys();
    return Reflect.ownKeys(raw);
  }

  getOwnPropertyDescriptor(raw: Raw, key: PropertyKey): PropertyDescriptor | undefined {
    const descriptor = Reflect.getOwnPropertyDescriptor(raw, key);
    this.cells.readPresence(key, descriptor !== undefined);
    // Listing keys also reads descriptors, to skip non-enumerable keys: that does not track values.
    if (descriptor?.configurable && 'value' in descriptor) descriptor.value = this.wrap(descriptor.value);
    return descriptor;
  }

  set(raw: Raw, key: PropertyKey, given: unknown, proxy: object): boolean {
    refusePrototype(key);
    const value = unwrap(given);
    const descriptor = Reflect.getOwnPropertyDescriptor(raw, key);
    if (descriptor?.set !== undefined) return Reflect.set(raw, key, value, proxy);
    if (Array.isArray(raw) && key === 'length') return this.setLength(raw, value as number);
    const before = raw[key];
    if (descriptor !== undefined && Object.is(before, value)) return true;
    const length = Array.isArray(raw) ? raw.length : 0;
    if (!Reflect.set(raw, key, value)) return false;
    journal.open?.push(() => {
      if (descriptor === undefined) delete raw[key];
      else raw[key] = before;
      if (Array.isArray(raw)) raw.length = length;
    });
    batch(() => {
      this.cells.changed(key, value, true, descriptor !== undefined);
      if (Array.isArray(raw) && raw.length !== length) this.cells.derived('length', raw.length);
    });
    return true;
  }

  defineProperty(raw: Raw, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    refusePrototype(key);
    const before = Reflect.getOwnPropertyDescriptor(raw, key);
    if ('value' in descriptor) descriptor.value = unwrap(descriptor.value);
    if (!Reflect.defineProperty(raw, key, descriptor)) return false;
    journal.open?.push(() => {
      if (before === undefined) delete raw[key];
      else Object.defineProperty(raw, key, before);
    });
    this.cells.changed(key, raw[key], true, before !== undefined);
    return true;
  }

  deleteProperty(raw: Raw, key: PropertyKey): boolean {
    const before = Reflect.getOwnPropertyDescriptor(raw, key);
    if (!Reflect.deleteProperty(raw, key)) return false;
    if (before === undefined) return true;
    journal.open?.push(() => Object.defineProperty(raw, key, before));
    this.cells.changed(key, undefined, false, true);
    return true;
  }

  private setLength(raw: unknown[], length: number): boolean {
    const before = raw.length;
    const removed = raw.slice(length);
    if (!Reflect.set(raw, 'length', length)) return false;
    if (before === raw.length) return true;
    journal.open?.push(() => {
      raw.length = before;
      for (const [index, value] of removed.entries()) if (index in removed) raw[length + index] = value;
    });
    batch(() => {
      for (const index of removed.keys()) this.cells.changed(String(length + index), undefined, false, index in removed);
      this.cells.changed('length', raw.length, true, true);
    });
    return true;
  }
}

/** Refuses the key that would replace an object's prototype. */
export function refusePrototype(key: PropertyKey): void {
  if (key === '__proto__') throw new TypeError("invalid key '__proto__'");
}

/** Whether a proxy must return exactly the value of its target for a property. */
function locked(raw: Raw, key: PropertyKey): boolean {
  const descriptor = Reflect.getOwnPropertyDescriptor(raw, key);
  return descriptor !== undefined && !descriptor.configurable && !descriptor.writable && descriptor.get === undefined;
}

type Method = (...args: unknown[]) => unknown;

/** Methods that change an array. */
const changing: ReadonlySet<PropertyKey> = new Set('copyWithin fill pop push reverse shift sort splice unshift'.split(' '));

/** Methods that search a value: they find it by the object and by its proxy. */
const searching: ReadonlySet<PropertyKey> = new Set('includes indexOf lastIndexOf'.split(' '));
