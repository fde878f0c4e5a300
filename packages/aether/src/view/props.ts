import { batch } from '../reactive/batch.js';
import { active } from '../reactive/graph.js';
import { SignalNode } from '../reactive/signal.js';
import type { Props } from './description.js';

const keys = Symbol('keys');

/** Properties of a component: a proxy that follows per key, over the ones that were given last. */
export class PropsSource implements ProxyHandler<Props> {
  readonly proxy: Props = new Proxy<Props>({}, this);
  /** Signals of the properties that are followed. A getter counts as the value: it is followed on its own. */
  private cells: Map<PropertyKey, SignalNode<unknown>> | undefined = undefined;

  constructor(private current: Props) {}

  /** Takes the properties of a new description, and notifies of those that differ. */
  replace(next: Props): void {
    const before = this.current;
    this.current = next;
    if (this.cells === undefined || before === next) return;
    batch(() => {
      for (const [key, cell] of this.cells ?? []) cell.write(key === keys ? this.names() : raw(next, key));
    });
  }

  get(_: Props, key: PropertyKey): unknown {
    this.follow(key);
    return this.current[key as string];
  }

  has(_: Props, key: PropertyKey): boolean {
    this.follow(keys);
    return key in this.current;
  }

  ownKeys(): ArrayLike<string | symbol> {
    this.follow(keys);
    return Reflect.ownKeys(this.current);
  }

  getOwnPropertyDescriptor(_: Props, key: PropertyKey): PropertyDescriptor | undefined {
    this.follow(keys);
    if (!Object.hasOwn(this.current, key)) return undefined;
    return { configurable: true, enumerable: true, get: () => this.get(_, key) };
  }

  set(_: Props, key: PropertyKey): never {
    throw new TypeError(`properties of a component are read only: '${String(key)}'`);
  }

  deleteProperty(_: Props, key: PropertyKey): never {
    return this.set(_, key);
  }

  private follow(key: PropertyKey): void {
    if (active.tracker === undefined) return;
    this.cells ??= new Map();
    let cell = this.cells.get(key);
    if (cell === undefined) {
      cell = new SignalNode(key === keys ? this.names() : raw(this.current, key), undefined, undefined);
      this.cells.set(key, cell);
    }
    cell.read();
  }

  private names(): string {
    return Object.keys(this.current).join();
  }
}

/** The value of a property, or its getter. */
function raw(props: Props, key: PropertyKey): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(props, key);
  return descriptor?.get ?? descriptor?.value;
}

type Merged<T extends readonly unknown[]> = T extends readonly [infer First, ...infer Rest]
  ? Rest extends readonly []
    ? First
    : Omit<First, keyof Merged<Rest>> & Merged<Rest>
  : unknown;

/**
 * Merges properties without reading them: later objects win, unless they have `undefined`. The result follows what it was
 * made of, so `mergeProps({ size: 'small' }, props)` gives defaults that stay reactive.
 */
export function mergeProps<T extends readonly (object | undefined)[]>(...sources: T): Merged<T> {
  const given = sources.filter((source) => source !== undefined) as Props[];
  const has = (key: PropertyKey) => given.some((source) => key in source);
  const get = (key: PropertyKey) => {
    for (let index = given.length; index-- > 0; ) {
      const value = given[index]?.[key as string];
      if (value !== undefined) return value;
    }
    return undefined;
  };
  return view(get, has, () => [...new Set(given.flatMap((source) => Reflect.ownKeys(source)))]) as Merged<T>;
}

/**
 * Splits properties without reading them: the first part has the keys named, the second the others. Both follow the
 * properties that they are of.
 */
export function splitProps<T extends object, K extends keyof T>(props: T, names: readonly K[]): [Pick<T, K>, Omit<T, K>] {
  const named = new Set<PropertyKey>(names);
  const part = (own: boolean) =>
    view(
      (key) => (named.has(key) === own ? props[key as keyof T] : undefined),
      (key) => named.has(key) === own && key in props,
      () => Reflect.ownKeys(props).filter((key) => named.has(key) === own),
    );
  return [part(true) as Pick<T, K>, part(false) as Omit<T, K>];
}

/** A read-only object over functions. */
function view(
  get: (key: PropertyKey) => unknown,
  has: (key: PropertyKey) => boolean,
  ownKeys: () => (string | symbol)[],
): object {
  return new Proxy(
    {},
    {
      get: (_, key) => get(key),
      has: (_, key) => has(key),
      ownKeys,
      getOwnPropertyDescriptor: (_, key) =>
        has(key) ? { configurable: true, enumerable: true, get: () => get(key) } : undefined,
      set: (_, key) => {
        throw new TypeError(`properties of a component are read only: '${String(key)}'`);
      },
    },
  );
}
