import type { Container } from './container.js';
import { calling } from './dispose.js';
import { fail } from './error.js';
import { dependenciesOf, injectableOptions } from './injectable.js';
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
import { type Class, type Dependency, follow, type InjectOptions, nameOf } from './token.js';

/** No dependencies, arguments or values; shared, never written to. */
export const none: never[] = [];

/** A provider object of whatever kind; a bare class is `{ provide: Class }`. */
export type AnyProvider = Pick<ClassProvider, 'provide'> &
  ProviderOptions<never> &
  Partial<ClassProvider & ValueProvider & FactoryProvider & ExistingProvider>;

/**
 * Gives its argument back. In a list of providers, a factory's parameters have to be annotated; inside of `provider()` they are
 * inferred from `deps`.
 */
export function provider<T, const D extends readonly Dependency[] = []>(
  factory: InferredFactory<T, D>,
): CheckedFactoryProvider<T> {
  return factory as unknown as CheckedFactoryProvider<T>;
}

/** Brings a provider into one form. */
export function normalize(provider: Provider): AnyProvider {
  const options = (typeof provider === 'function' ? { provide: provider } : provider) as AnyProvider;
  if (!options?.provide) fail('invalid', `${provider} is no provider (circular import?)`);
  return options;
}

/** A registered provider: what it needs, and for singletons the instance. The node of the graph. */
export interface Entry {
  readonly token: unknown;
  /** Where its dependencies are looked up. */
  readonly registry: Registry;
  /** The container that owns the instances, unless a request scope does. */
  readonly home: Container;
  readonly kind: Kind;
  readonly scope: Scope;
  readonly deps: readonly unknown[];
  readonly make: unknown;
  readonly onDispose: ((instance: never) => unknown) | undefined;

  /** The instance, once `done`; before, a `Wait` while something asynchronous is on its way. */
  value: unknown;
  done: boolean;
  /** While its own constructor or factory runs: the container or request scope that wants it. */
  within: Container | undefined;
  /** The entries of `deps`; complete once `depth` is set. */
  links: Entry[] | undefined;
  /** Longest way down, in entries; 0 before the graph below has been checked. */
  depth: number;
  /** Where a request scope keeps the value. While being checked: how many of `deps` have been. */
  slot: number;
  /** The link through which a transient entry needs something request-scoped. */
  request: Entry | undefined;
  /** Who asked for it last; for error messages. */
  via: Entry | undefined;
  /** Whether instances have something to dispose of; unknown before the first. */
  disposes: boolean | undefined;
}

export const createEntry = (
  registry: Registry,
  token: unknown,
  kind: Kind,
  scope: Scope = 'singleton',
  deps: readonly unknown[] = none,
  make?: unknown,
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
  value: kind === 'value' ? make : undefined,
  done: kind === 'value',
  within: undefined,
  links: undefined,
  depth: 0,
  slot: 0,
  request: undefined,
  via: undefined,
  disposes: undefined,
});

/** What one module, or a container without modules, can see: its own providers and what its imports export. */
export class Registry {
  readonly container: Container;
  /** Of the module; a container without modules has none. */
  readonly name: string;
  readonly entries = new Map<unknown, Entry>();
  /** Tokens whose condition did not hold. */
  readonly skipped = new Set<unknown>();
  /** Module-scoped entries as this registry has them. */
  copies: Map<Entry, Entry> | undefined = undefined;

  constructor(container: Container, name = '') {
    this.container = container;
    this.name = name;
  }

  /** Registers a provider; `duplicate`, `arity` and `invalid` show at once, what concerns others when the graph is checked. */
  add(provider: Provider): void {
    const options = normalize(provider);
    const token = options.provide;
    const { entries } = this;
    if (options.when && !options.when()) {
      this.skipped.add(token);
      return;
    }
    const replacement = this.container.override?.(this, token);
    if (replacement) {
      entries.set(token, replacement);
      return;
    }
    const known = entries.get(token);
    if (known?.registry === this) {
      const more = options.multi && known.kind === 'multi' && !options.override;
      if (!more && !options.override)
        fail('duplicate', `${nameOf(token)} is provided twice; say override: true, or multi: true for a list`);
      if (known.depth) fail('invalid', `${nameOf(token)} is in use already; provide it earlier`);
      if (more) {
        (known.deps as unknown[]).push(this.create(options));
        return;
      }
    }
    const entry = this.create(options);
    entries.set(token, options.multi ? this.entry(token, 'multi', 'transient', [entry]) : entry);
  }

  /** Finds who provides `token`: here, in a global module, in the parents, by `providedIn`. */
  find(token: unknown, options?: InjectOptions): Entry | undefined {
    let at: Registry | undefined = options?.skipSelf ? this.container.parent?.registry : this;
    for (; at; at = at.container.parent?.registry) {
      const entry = at.entries.get(token) ?? at.container.globals.entries.get(token);
      if (entry) return this.see(entry);
      if (options?.self) return;
    }
    const where = follow(injectableOptions(token)?.providedIn);
    let home: Registry | undefined;
    if (where)
      for (let up: Container | undefined = this.container; up; up = up.parent)
        home = where === 'root' ? up.registry : (up.modules.get(where)?.registry ?? home);
    if (home && !home.entries.has(token)) home.add(token as Class);
    return home && this.see(home.entries.get(token)!);
  }

  /** Module-scoped: a singleton of the asking registry, whose own needs are still met where it was provided. */
  see(entry: Entry): Entry {
    if (entry.scope !== 'module') return entry;
    this.copies ??= new Map();
    let copy = this.copies.get(entry);
    if (!copy) {
      copy = { ...entry, scope: 'singleton', home: this.container, links: undefined, depth: 0 };
      this.copies.set(entry, copy);
    }
    return copy;
  }

  /** @internal Makes the entry of a provider. */
  create(options: AnyProvider): Entry {
    const { provide: token, useClass, useFactory, useExisting, onDispose } = options;
    if ('useValue' in options) return this.entry(token, 'value', 'singleton', none, options.useValue, onDispose);
    if (useExisting) return this.entry(token, 'existing', 'transient', [useExisting], undefined, onDispose);
    let { deps = none, scope } = options;
    let kind: Kind = 'factory';
    const make = useFactory ?? useClass ?? token;
    if (!useFactory) {
      if (typeof make === 'function') {
        kind = 'class';
        deps = dependenciesOf(make as Class) as typeof deps;
        scope ??= injectableOptions(make)?.scope;
      } else if (scope === 'request') kind = 'seed';
      else fail('invalid', `${nameOf(token)} needs useClass, useValue, useFactory or useExisting`);
    }
    const { length } = make as Class;
    if (length > deps.length)
      fail(
        'arity',
        `${nameOf(make)} takes ${length} parameters, ${deps.length} are declared; name them in static inject, deps or @Inject()`,
        [nameOf(token)],
      );
    return this.entry(token, kind, scope, deps, make, onDispose);
  }

  /** @internal Makes an entry and has it checked. */
  entry(
    token: unknown,
    kind: Kind,
    scope: Scope = 'singleton',
    deps: readonly unknown[] = none,
    make?: unknown,
    onDispose?: AnyProvider['onDispose'],
  ) {
    const entry = createEntry(this, token, kind, scope, deps, make, onDispose);
    if (kind === 'value' && onDispose) this.container.onDispose(calling(onDispose, make));
    this.container.fresh.push(entry);
    return entry;
  }
}
