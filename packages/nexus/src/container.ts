import { asyncDispose, dispose, disposeAll, type Step, take } from './dispose.js';
import { fail } from './error.js';
import { describe, type Graph, link } from './graph.js';
import { definitionOf } from './injectable.js';
import type { ModuleReference, ModuleWithProviders, Unit } from './module.js';
import type { Checked, CheckedAll, InferredFactory, Provider } from './provider.js';
import { createEntry, type Entry, none, normalize, Registry } from './registry.js';
import { ask, construct, lookup, now, seed, Wait } from './resolve.js';
import { type Dependency, follow, type InjectionToken, type InjectOptions, nameOf } from './token.js';

/** What a container starts with: a module, or a list of providers. */
export type Source<P extends readonly Provider[] = readonly Provider[]> = ModuleReference | (P & CheckedAll<P>);

/**
 * Creates what it is asked for with everything that needs, and disposes of it. Inject `Container` to get the one you live in.
 *
 * Made by {@link createContainer}.
 */
export class Container implements Disposable, AsyncDisposable {
  /** @internal */
  readonly parent: Container | undefined;
  /** @internal The nearest request scope: the container itself, or the one it was made from. */
  readonly scope: Container | undefined;
  /** @internal */
  registry: Registry;
  /** @internal Instances of a request scope, by slot. */
  readonly values: unknown[];
  /** @internal Entries not yet checked. */
  fresh: Entry[] = [];
  /** @internal What every module sees. */
  readonly globals: Registry;
  /** @internal */
  readonly modules: Map<unknown, Unit>;
  /** @internal What a test puts in place of a token's providers. */
  override: ((registry: Registry, token: unknown) => Entry | undefined) | undefined = undefined;
  /** @internal How many slots are given out in the whole tree; counted in its outermost container. */
  slots = 0;
  #disposed = false;
  #pending: Set<Wait> | undefined = undefined;
  #children: Set<Container> | undefined = undefined;
  #steps: Step[] | undefined = undefined;
  #end: Promise<void> | undefined = undefined;
  #entries: Map<unknown, Entry>;

  /** @internal */
  constructor(parent?: Container, isScope?: boolean) {
    this.parent = parent;
    this.values = isScope ? [] : none;
    if (parent && isScope) {
      this.scope = this;
      this.registry = parent.registry;
      this.globals = parent.globals;
      this.modules = parent.modules;
    } else {
      this.scope = parent?.scope;
      this.globals = new Registry(this, 'global');
      this.registry = new Registry(this);
      this.modules = new Map();
      const { entries } = this.globals;
      entries.set(Container, createEntry(this.globals, Container, 'container', 'transient'));
    }
    this.#entries = this.registry.entries;
  }

  /**
   * Registers a provider. Duplicates and wrong arity show at once; missing providers, cycles and captive dependencies when the graph
   * is checked: by {@link validate}, or before anything is created.
   *
   * @throws NexusError `duplicate`, `arity`, `invalid`
   */
  provide<T, const D extends readonly Dependency[] = []>(factory: InferredFactory<T, D>): this;
  provide<const P extends Provider>(provider: P & Checked<P>): this;
  provide(provider: Provider): this {
    this.#alive();
    if (this.scope === this) fail('invalid', 'a request scope has no providers; use set() or createChild()');
    this.registry.add(provider);
    return this;
  }

  /**
   * Gives the instance for a token, creating it and what it needs.
   *
   * @throws NexusError `missing`, `cycle`, `captive`, `no_scope`, `async`, `disposed`; or what a constructor or factory throws
   */
  get<T>(token: InjectionToken<T>, options: InjectOptions & { readonly optional: true }): T | undefined;
  get<T>(token: InjectionToken<T>, options?: InjectOptions): T;
  get(token: InjectionToken, options?: InjectOptions): unknown {
    const entry = this.#entries.get(token);
    if (entry && !options) {
      if (entry.done) return entry.value;
      if (entry.depth && entry.scope !== 'module' && !this.registry.container.fresh.length)
        return now(ask(entry, this.scope), token);
    }
    return now(this.#lookup(token, options), token);
  }

  /** Like {@link get}, and waits for asynchronous providers: each is created once, however many ask; a failed one is tried again. */
  getAsync<T>(token: InjectionToken<T>, options: InjectOptions & { readonly optional: true }): Promise<T | undefined>;
  getAsync<T>(token: InjectionToken<T>, options?: InjectOptions): Promise<T>;
  async getAsync(token: InjectionToken, options?: InjectOptions): Promise<unknown> {
    const value = this.#lookup(token, options);
    if (!(value instanceof Wait)) return value;
    await value.promise;
    return value.value;
  }

  /** Whether somebody provides `token`; creates nothing. */
  has(token: InjectionToken, options?: InjectOptions): boolean {
    return !!this.registry.find(token, options);
  }

  /** Runs a function in which `inject()` works, until its first `await`. */
  run<R>(action: () => R): R {
    this.#alive();
    const entry = createEntry(this.registry, { description: 'run' }, 'factory', 'transient', [], action);
    return construct(entry, this.scope, []) as R;
  }

  /**
   * Creates a container that looks here for what it does not provide itself. Its own providers are invisible to ours.
   *
   * @throws as {@link createContainer}
   */
  createChild<const P extends readonly Provider[]>(source?: Source<P>): Container {
    this.#alive();
    return fill(new Container(this), source as Source);
  }

  /** Opens a request scope. It costs next to nothing until something request-scoped is asked for; dispose of it at the end. */
  createScope(): Container {
    this.#alive();
    return new Container(this, true);
  }

  /** Hands a value to a request scope, for a token provided with nothing but `scope: 'request'`. */
  set<T>(token: InjectionToken<T>, value: NoInfer<T>): this {
    this.#alive();
    const entry = this.registry.find(token);
    if (entry?.scope !== 'request' || this.scope !== this)
      fail('invalid', `${nameOf(token)} or this container is not request-scoped`);
    if (!entry.depth) link(entry);
    seed(entry, this, value);
    return this;
  }

  /**
   * Checks every provider registered here and everything it needs. Creates nothing.
   *
   * @throws NexusError, or an `AggregateError` of them when more than one thing is wrong
   */
  validate(): this {
    const home = this.registry.container;
    const { fresh } = home;
    const failed = new Set<Entry>();
    const errors: unknown[] = [];
    home.fresh = [];
    for (const entry of fresh) {
      if (failed.has(entry)) continue;
      try {
        if (!entry.depth) link(entry, failed);
      } catch (error) {
        errors.push(error);
      }
    }
    for (const entry of failed) home.fresh.push(entry);
    if (errors.length > 1) throw new AggregateError(errors, errors.map((error) => (error as Error).message).join('\n'));
    if (errors.length) throw errors[0];
    return this;
  }

  /** Checks the graph and describes it: who needs whom. What is only asked for by `inject()` does not show. */
  graph(): Graph {
    const { modules, registry, globals } = this.validate();
    const registries = [registry, ...Array.from(modules.values(), (unit) => unit.registry)];
    const entries = new Set(registries.flatMap((each) => [...each.entries.values()]));
    return describe([...entries].filter((entry) => entry.registry !== globals));
  }

  /** Calls `step` when the container is disposed of, the last one first; at once when it has been, giving the result. */
  onDispose(step: (sync: boolean) => unknown): unknown;
  /** @internal */
  onDispose(step: Step): unknown;
  onDispose(step: Step): unknown {
    if (this.disposed) return take(step, false);
    // Only who has something to dispose of is known to its parent: a scope that is dropped without disposal leaks nothing.
    if (!this.#steps) {
      this.#steps = [];
      if (this.parent) this.parent.#hold(this);
    }
    return void this.#steps.push(step);
  }

  /**
   * Disposes of everything that was created here, in reverse order: first of children and scopes, then of instances, by the provider's
   * `onDispose`, else their own `Symbol.asyncDispose`, `Symbol.dispose` or `onDispose`. Waits for what is still being created.
   * May be called again: it gives the same promise.
   *
   * @throws AggregateError with all that failed; the rest has been disposed of
   */
  dispose(): Promise<void> {
    this.#end ??= (async () => disposeAll(this.#teardown(), false))();
    return this.#end;
  }

  [asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Disposes of everything without waiting. What can only be disposed of asynchronously is started and reported as failed. */
  [dispose](): void {
    if (this.#end) return;
    this.#end = Promise.resolve();
    void disposeAll(this.#teardown(), true);
  }

  #teardown(): Step[] {
    this.#disposed = true;
    // Cached instances are given out no more; scopes share the map.
    if (this.scope === this) this.#entries = new Map();
    else this.#entries.clear();
    if (this.parent) this.parent.#children?.delete(this);
    const steps: Step[] = [...(this.#steps ?? [])];
    for (const child of this.#children ?? []) steps.push((sync) => (sync ? child[dispose]() : child.dispose()));
    const pending = [...(this.#pending ?? [])];
    if (pending.length) steps.push((sync) => sync || Promise.allSettled(pending.map(({ promise }) => promise)));
    return steps.reverse();
  }

  #hold(child: Container): void {
    this.#children ??= new Set();
    this.#children.add(child);
    if (this.parent) this.parent.#hold(this);
  }

  /** @internal Or what it was made from. */
  get disposed(): boolean {
    return this.#disposed || !!this.parent?.disposed;
  }

  /** @internal What is being created. */
  get pending(): Set<Wait> {
    this.#pending ??= new Set();
    return this.#pending;
  }

  /** @internal Takes a module's view for its own. */
  adopt(registry: Registry): void {
    this.registry = registry;
    this.#entries = registry.entries;
  }

  #alive(): void {
    if (this.disposed) fail('disposed', 'the container is disposed');
  }

  #lookup(token: unknown, options: InjectOptions | undefined): unknown {
    this.#alive();
    if (this.registry.container.fresh.length) this.validate();
    return lookup(this.registry, token, options, this.scope);
  }
}

function fill(container: Container, source: Source = []): Container {
  if (Array.isArray(source)) for (const provider of source) container.registry.add(provider);
  else {
    const module = follow(source) as Partial<ModuleWithProviders>;
    const { load } =
      definitionOf(module?.module ?? module) ?? fail('invalid', `${nameOf(module)} is no module (circular import?)`);
    container.adopt(load(container, source as ModuleReference));
  }
  return container.validate();
}

/**
 * Creates a container from a module, from a list of providers, or an empty one, and checks the whole graph. Creates no instances.
 *
 * @throws NexusError, or an `AggregateError` of them when more than one thing is wrong
 */
export function createContainer<const P extends readonly Provider[]>(source?: Source<P>): Container {
  return fill(new Container(), source as Source);
}

/** Creates a container for a test: the real module with some providers replaced. Lists (`multi`) are replaced as a whole. */
export function createTestContainer<const P extends readonly Provider[], const O extends readonly Provider[]>(
  source: Source<P>,
  options: { readonly override?: O & CheckedAll<O> } = {},
): Container {
  const container = new Container();
  const override: readonly Provider[] = options.override ?? [];
  const left = new Map<unknown, Provider>(override.map((each) => [normalize(each).provide, each]));
  const replaced = new Map<unknown, Entry>();
  // Several modules that provide one token share what replaces it.
  container.override = (registry, token) => {
    const provider = left.get(token);
    if (provider && left.delete(token)) replaced.set(token, registry.create(normalize(provider)));
    return replaced.get(token);
  };
  fill(container, source as Source);
  for (const provider of left.values()) container.registry.add(provider);
  return container.validate();
}
