import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { active } from '../reactive/graph.js';
import type { Scope } from '../reactive/owner.js';
import { SignalNode } from '../reactive/signal.js';
import type { Description, Getters, Properties, Props } from './description.js';

const keys = Symbol('keys');

/** Properties of a component: a proxy that tracks reads by key, over the latest properties. */
export class PropsSource implements ProxyHandler<Props>, Properties {
  readonly proxy: Props = new Proxy<Props>({}, this);
  /** Signals of the tracked properties. */
  private cells: Map<PropertyKey, SignalNode<unknown>> | undefined = undefined;
  /** Set with the first description that may have getters. */
  private getters: Getters | undefined;
  current: Props;

  /** @param scope owner of the component */
  constructor(
    { props, getters }: Description,
    readonly scope: Scope,
  ) {
    this.current = props;
    this.getters = getters?.(this);
  }

  /** Takes over the properties of a new description, and notifies of those that differ. */
  replace({ props, getters }: Description): void {
    const before = this.current;
    this.current = props;
    this.getters ??= getters?.(this);
    if (dev) dev.propertiesReplaced(this, before, props, (key) => this.cells?.has(key) === true);
    if (before !== props) batch(() => this.notify());
  }

  private notify(): void {
    this.getters?.notify();
    for (const [key, cell] of this.cells ?? []) cell.write((key === keys ? names : raw)(this.current, key));
  }

  get(_: Props, key: PropertyKey): unknown {
    const computed = this.getters?.find(key);
    if (computed !== undefined) return computed.read();
    this.follow(key, raw);
    if (dev) dev.propertyRead(this, this.scope, String(key), active);
    return this.current[key as string];
  }

  has(_: Props, key: PropertyKey): boolean {
    this.follow(keys, names);
    return key in this.current;
  }

  ownKeys(): ArrayLike<string | symbol> {
    this.follow(keys, names);
    return Reflect.ownKeys(this.current);
  }

  getOwnPropertyDescriptor(_: Props, key: PropertyKey): PropertyDescriptor | undefined {
    this.follow(keys, names);
    if (!Object.hasOwn(this.current, key)) return undefined;
    return { configurable: true, enumerable: true, get: () => this.get(_, key) };
  }

  set(_: Props, key: PropertyKey): never {
    return readOnly(_, key);
  }

  deleteProperty(_: Props, key: PropertyKey): never {
    return readOnly(_, key);
  }

  /** Makes the current reader track a property. */
  private follow(key: PropertyKey, read: (props: Props, key: PropertyKey) => unknown): void {
    if (active.tracker === undefined) return;
    this.cells ??= new Map();
    let cell = this.cells.get(key);
    if (cell === undefined) {
      cell = new SignalNode(read(this.current, key));
      this.cells.set(key, cell);
    }
    cell.read();
  }
}

function readOnly(_: object, key: PropertyKey): never {
  throw new TypeError(`property '${String(key)}' is read-only`);
}

export const getterOf = (props: Props, key: PropertyKey): (() => unknown) | undefined =>
  Object.getOwnPropertyDescriptor(props, key)?.get;

/** The value of a property, or its getter. */
const raw = (props: Props, key: PropertyKey): unknown => getterOf(props, key) ?? props[key as string];

const names = (props: Props): string => Object.keys(props).join();

type Merged<T extends readonly unknown[]> = T extends readonly [infer First, ...infer Rest]
  ? Rest extends readonly []
    ? First
    : Omit<First, keyof Merged<Rest>> & Merged<Rest>
  : unknown;

/**
 * Merges properties without reading them: later objects win, unless their value is `undefined`. The result tracks its
 * sources, so `mergeProps({ size: 'small' }, props)` gives reactive defaults.
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

/** Splits properties without reading them: the first part has the listed keys, the second the others. Both keep tracking. */
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

/** Returns a read-only object backed by functions. */
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
      set: readOnly,
    },
  );
}
