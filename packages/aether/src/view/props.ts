import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { active } from '../reactive/graph.js';
import { activeScope, type Scope } from '../reactive/owner.js';
import { SignalNode } from '../reactive/signal.js';
import type { Cell, ComputeProperty, Description, Props } from './description.js';

const keys = Symbol('keys');

/** Properties of a component: a proxy that follows per key, over the ones that were given last. */
export class PropsSource implements ProxyHandler<Props> {
  readonly proxy: Props = new Proxy<Props>({}, this);
  /** Cells of the properties that are followed: signals, or what computes a getter. */
  private cells: Map<PropertyKey, Cell> | undefined = undefined;
  /** The current properties, for getters that are computed. */
  private source: SignalNode<Props> | undefined = undefined;
  private current: Props;
  private compute: ComputeProperty | undefined;

  /** @param scope owner of the component */
  constructor(
    { props, compute }: Description,
    private readonly scope: Scope,
  ) {
    this.current = props;
    this.compute = compute;
  }

  /** Takes the properties of a new description, and notifies of those that differ. */
  replace({ props, compute = this.compute }: Description): void {
    const before = this.current;
    this.current = props;
    this.compute = compute;
    if (dev) {
      for (const key of Object.keys(props)) {
        if (!Object.is(raw(before, key), raw(props, key)) && !this.cells?.has(key)) dev.propertyChanged(this, key);
      }
    }
    if (this.cells === undefined || before === props) return;
    batch(() => {
      this.source?.write(props);
      for (const [key, cell] of this.cells ?? []) {
        if (!(cell instanceof SignalNode)) continue;
        const next = key === keys ? this.names() : raw(props, key);
        // Who has followed the value runs again, and follows what is computed.
        if (compute !== undefined && key !== keys && getterOf(props, key) !== undefined) this.cells?.delete(key);
        cell.write(next);
      }
    });
  }

  get(_: Props, key: PropertyKey): unknown {
    const cell = this.cells?.get(key) ?? this.open(key);
    if (dev && active.tracker === undefined && activeScope() === this.scope) {
      dev.propertyRead(this, (this.scope as Scope & { readonly name: string }).name, String(key));
    }
    const value = cell?.read();
    return cell === undefined || cell instanceof SignalNode ? this.current[key as string] : value;
  }

  has(_: Props, key: PropertyKey): boolean {
    this.followNames();
    return key in this.current;
  }

  ownKeys(): ArrayLike<string | symbol> {
    this.followNames();
    return Reflect.ownKeys(this.current);
  }

  getOwnPropertyDescriptor(_: Props, key: PropertyKey): PropertyDescriptor | undefined {
    this.followNames();
    if (!Object.hasOwn(this.current, key)) return undefined;
    return { configurable: true, enumerable: true, get: () => this.get(_, key) };
  }

  set(_: Props, key: PropertyKey): never {
    throw new TypeError(`properties of a component are read only: '${String(key)}'`);
  }

  deleteProperty(_: Props, key: PropertyKey): never {
    return this.set(_, key);
  }

  /** Makes the cell of a property that is followed or computed; `undefined` for one that needs none. */
  private open(key: PropertyKey): Cell | undefined {
    const computed = this.compute !== undefined && getterOf(this.current, key) !== undefined;
    if (!computed && active.tracker === undefined) return undefined;
    return this.keep(key, computed ? this.computed(key as string) : new SignalNode(raw(this.current, key)));
  }

  private computed(key: string): Cell {
    this.source ??= new SignalNode(this.current);
    const { source } = this;
    return (this.compute as ComputeProperty)(() => source.read()[key], this.scope);
  }

  private keep(key: PropertyKey, cell: Cell): Cell {
    this.cells ??= new Map();
    this.cells.set(key, cell);
    return cell;
  }

  private followNames(): void {
    if (active.tracker === undefined) return;
    (this.cells?.get(keys) ?? this.keep(keys, new SignalNode(this.names()))).read();
  }

  private names(): string {
    return Object.keys(this.current).join();
  }
}

const getterOf = (props: Props, key: PropertyKey): (() => unknown) | undefined =>
  Object.getOwnPropertyDescriptor(props, key)?.get;

/** The value of a property, or its getter. */
const raw = (props: Props, key: PropertyKey): unknown => getterOf(props, key) ?? props[key as string];

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
