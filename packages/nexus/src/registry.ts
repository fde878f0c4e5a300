import { active, copy } from './construct.js';
import type { Container } from './container.js';
import type { Copy } from './copy.js';
import { fail } from './error.js';
import { dependenciesOf, injectableOf } from './injectable.js';
import type {
  CheckedFactoryProvider,
  ClassProvider,
  ExistingProvider,
  FactoryProvider,
  InferredFactory,
  Kind,
  Provider,
  ProviderOptions,
  Scope,
  ValueProvider,
} from './provider.js';
import { type Class, type Dependency, type InjectOptions, nameOf } from './token.js';

/** No dependencies, arguments or values; shared, never written to. */
export const none: never[] = [];

/** A provider object of any kind; a bare class is `{ provide: Class }`. */
export type AnyProvider = Pick<ClassProvider, 'provide'> &
  ProviderOptions<never> &
  Partial<ClassProvider & ValueProvider & FactoryProvider & ExistingProvider>;

/**
 * Returns its argument. In a list of providers, the parameters of a factory have to be annotated; inside of `provider()`
 * they are inferred from `deps`.
 */
export function provider<T, const D extends readonly Dependency[] = []>(
  factory: InferredFactory<T, D>,
): CheckedFactoryProvider<T> {
  return factory as unknown as CheckedFactoryProvider<T>;
}

/** Normalizes a provider. */
export function normalize(provider: Provider): AnyProvider {
  const options = (typeof provider === 'function' ? { provide: provider } : provider) as AnyProvider;
  if (!options?.provide) fail('invalid', `${provider} is not a provider (circular import?)`);
  return options;
}

/** Holder of an instance: the entry for a singleton, otherwise a cell of the request scope. */
export interface Cell {
  readonly token: unknown;
  /** The instance, once `done`; before that, a `Wait` while an asynchronous creation is in progress. */
  instance: unknown;
  done: boolean;
  readonly onDispose?: ((instance: never) => unknown) | undefined;
}

/** A registered provider: its dependencies, and for singletons the instance. A node of the graph. */
export interface Entry extends Cell {
  /** Registry in which its dependencies are looked up. */
  readonly registry: Registry;
  /** The container that owns the instances, unless a request scope does. */
  readonly home: Container;
  readonly kind: Kind;
  readonly scope: Scope;
  /** Dependencies; for `multi` and `lazy`, entries. */
  readonly deps: readonly unknown[];
  /** The class, the value, or the function that returns the instance. */
  readonly make: unknown;
  /** While its own constructor or factory runs: the container or request scope that requested it. */
  within: Container | undefined;
  /** The entries of `deps`; complete once `depth` is set. */
  links: Entry[] | undefined;
  /** Index of its cell in a request scope. */
  readonly slot: number;
  /** Longest path down, in entries; 0 before the graph below has been checked. */
  depth: number;
  /** The link through which it depends on a request-scoped provider. */
  request: Entry | undefined;
  /** Whether it is a class whose instances need no disposal. */
  inert: boolean | undefined;
  /** Last entry that requested it. */
  via: Entry | undefined;
}

export const createEntry = (
  registry: Registry,
  token: unknown,
  kind: Kind,
  make?: unknown,
  deps: readonly unknown[] = none,
  scope: Scope = 'transient',
  onDispose?: Entry['onDispose'],
): Entry => ({
  registry,
  token,
  kind,
  scope,
  deps,
  make,
  onDispose,
  home: registry.container,
  instance: kind === 'value' ? make : undefined,
  done: kind === 'value',
  within: undefined,
  links: undefined,
  slot: scope === 'request' ? registry.container.slots.taken++ : -1,
  depth: 0,
  request: undefined,
  inert: undefined,
  via: undefined,
});

/** Providers that one module, or a container without modules, can see: its own and the exports of its imports. */
export class Registry {
  readonly container: Container;
  /** Of the module; a container without modules has none. */
  readonly name: string;
  /** Entries by token; `undefined` if the condition of the provider was false. */
  readonly entries = new Map<unknown, Entry | undefined>();
  /** Copies of module-scoped entries for this registry. */
  readonly copies = new Map<Entry, Entry>();

  constructor(container: Container, name = '') {
    this.container = container;
    this.name = name;
  }

  /** Copy of this package to which it belongs. */
  get copy(): Copy {
    return copy;
  }

  /**
   * Registers a provider. It reports `duplicate`, `arity` and `invalid` at once; errors that involve other providers are
   * reported when the graph is checked.
   */
  add(provider: Provider): void {
    const options = normalize(provider);
    const { provide: token, multi, override, when } = options;
    const { entries } = this;
    const known = entries.get(token);
    if (when && !when()) {
      entries.set(token, known);
      return;
    }
    const own = known?.registry === this;
    const more = own && multi && !override && known.kind === 'multi';
    if (own && !more && !override) fail('duplicate', `${nameOf(token)} is provided twice; set override: true or multi: true`);
    if (own && known.depth) fail('invalid', `${nameOf(token)} is already in use; provide it earlier`);
    const entry = this.check(this.create(options));
    if (entry.done && entry.onDispose) this.container.onDispose(entry);
    if (more) (known.deps as Entry[]).push(entry);
    else entries.set(token, multi ? this.list(token, [entry]) : entry);
  }

  /** Finds the provider of `token`: here, in a global module, at the place that its decorator names, or in the parents. */
  find(token: unknown, options?: InjectOptions): Entry | undefined {
    let at: Registry | undefined = options?.skipSelf ? this.container.parent?.registry : this;
    for (; at; at = at.container.parent?.registry) {
      const entry =
        at.entries.get(token) ?? at.container.globals?.entries.get(token) ?? injectableOf(token)?.place(at, token as Class);
      if (entry) return this.see(entry);
      if (options?.self) return;
    }
    return;
  }

  /**
   * Returns the entry for a registry. A module-scoped one is a singleton of the requesting registry, with dependencies from
   * where it was provided.
   */
  see(entry: Entry): Entry {
    if (entry.scope !== 'module') return entry;
    let copy = this.copies.get(entry);
    if (!copy) {
      copy = { ...entry, scope: 'singleton', home: this.container, links: undefined, depth: 0 };
      this.copies.set(entry, copy);
    }
    return copy;
  }

  /** Creates the entry of a provider. */
  create(options: AnyProvider): Entry {
    const { provide: token, useClass, useFactory, useExisting, onDispose } = options;
    let { deps = none, scope } = options;
    if ('useValue' in options) return createEntry(this, token, 'value', options.useValue, none, 'singleton', onDispose);
    if (useExisting) return createEntry(this, token, 'existing', same, [useExisting]);
    let kind: Kind;
    let make: unknown = useFactory ?? useClass ?? token;
    if (useFactory) kind = 'factory';
    else if ((make as Class | undefined)?.prototype) {
      kind = 'class';
      deps = dependenciesOf(make as Class) as typeof deps;
      scope ??= injectableOf(make)?.scope;
    } else if (scope === 'request') {
      kind = 'seed';
      make = unset;
    } else fail('invalid', `${nameOf(token)} needs useClass, useValue, useFactory or useExisting`);
    const { length } = make as Class;
    if (length > deps.length)
      fail(
        'arity',
        `${nameOf(make)} takes ${length} parameters, ${deps.length} are declared; use static inject, deps or @Inject()`,
        { token },
      );
    scope ??= 'singleton';
    if (!['singleton', 'transient', 'module', 'request'].includes(scope)) fail('invalid', `unknown scope ${scope}`, { token });
    return createEntry(this, token, kind, make, deps, scope, onDispose);
  }

  /** Creates the entry of a list. */
  list(token: unknown, items: readonly Entry[]): Entry {
    return this.check(createEntry(this, token, 'multi', all, items));
  }

  /** Has an entry checked. */
  check(entry: Entry): Entry {
    this.container.fresh.push(entry);
    return entry;
  }
}

const same = (instance: unknown) => instance;
const all = (...list: unknown[]) => list;
const unset = () => fail('missing', `${nameOf(active!.token)} has no value; use scope.set()`, active);
