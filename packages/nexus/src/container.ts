import { active, construct, copy } from './construct.js';
import { foreign } from './copy.js';
import { asyncDispose, type DisposalLimit, dispose, disposeAll, once, owners, type Step, take } from './dispose.js';
import { fail, textsOf } from './error.js';
import { link, reach, scoped } from './graph.js';
import type { Unit } from './module.js';
import type { Checked, InferredFactory, Kind, Provider, Scope } from './provider.js';
import { type Cell, createEntry, type Entry, none, Registry } from './registry.js';
import { alive, lookup, now, resolve, Wait } from './resolve.js';
import { fill, type Source } from './source.js';
import { type Dependency, type InjectionToken, type InjectOptions, injectable, nameOf } from './token.js';

/** A provider of a container, or a dependency of one. */
export interface Registered {
  readonly token: InjectionToken;
  readonly kind: Kind;
  readonly scope: Scope;
  /** Module that provides it; empty without modules. */
  readonly module: string;
  /** Returns the instance, and creates it if necessary, even if its module does not export it; a promise for an asynchronous provider. */
  create(): unknown;
  /** Returns its dependencies, including lazy ones. */
  needs(): InjectionToken[];
}

/** An instance that a container has created. */
export interface Instance {
  /** Token of the request that created it. */
  readonly token: InjectionToken;
  readonly instance: unknown;
}

/**
 * A container: creates instances with their dependencies, and disposes them. Inject `Container` to get the current one.
 *
 * Created by `createContainer`.
 */
export class Container implements Disposable, AsyncDisposable {
  /** @internal */
  readonly parent: Container | undefined;
  /** @internal The nearest request scope: the container itself, or the one from which it was created. */
  readonly request: Container | undefined;
  /** @internal Visible providers; a request scope sees those of its parent. */
  registry: Registry;
  /** @internal Providers that every module sees. */
  globals: Registry | undefined;
  /** @internal */
  modules: Map<unknown, Unit> | undefined;
  /** @internal Entries not yet checked. */
  fresh: Entry[] = [];
  /** @internal Instances of a request scope, by slot. */
  readonly cells: Cell[] = [];
  /** @internal Number of slots in use; shared with children. */
  readonly slots: { taken: number };
  /** @internal Disposed before everything else: children, and instances that are still being created. */
  readonly held = new Set<Step>();
  /** Disposal step for the instances created here. */
  readonly #step: Step = {
    instance: this,
    below: (limit) => this.dispose(limit),
  };
  /** @internal Instances in the order of their creation, and steps of {@link onDispose} between them. */
  readonly steps: Step[] = [];
  #disposed = false;
  #end: Promise<void> | undefined;

  /** @internal Needs no registration: every container and every request scope provides itself. */
  static readonly [injectable] = {
    place: (registry: Registry, token: unknown) =>
      registry.copy === copy ? createEntry(registry, token, 'container', give) : foreign('Container', copy, registry.copy),
  };

  /** @internal */
  constructor(parent?: Container, scoped?: boolean) {
    this.parent = parent;
    this.slots = parent?.slots ?? { taken: 0 };
    this.request = scoped ? this : parent?.request;
    this.registry = scoped ? parent!.registry : new Registry(this);
  }

  /**
   * Registers a provider. Duplicates and wrong arity are reported at once; missing providers, cycles and captive
   * dependencies when the graph is checked: by {@link validate}, or before anything is created.
   *
   * @throws NexusError `duplicate`, `arity`, `invalid`
   */
  provide<T, const D extends readonly Dependency[] = []>(factory: InferredFactory<T, D>): this;
  provide<const P extends Provider>(provider: P & Checked<P>): this;
  provide(provider: Provider): this {
    alive(this);
    if (this.request === this) fail('invalid', 'a request scope cannot have providers; use scope.set()');
    this.registry.add(provider);
    return this;
  }

  /**
   * Returns the instance of a token, and creates it with its dependencies if necessary.
   *
   * @throws NexusError `missing`, `cycle`, `captive`, `no_scope`, `async`, `disposed`; or what a constructor or factory throws
   */
  get<T>(token: InjectionToken<T>, options: InjectOptions & { readonly optional: true }): T | undefined;
  get<T>(token: InjectionToken<T>, options?: InjectOptions): T;
  get(token: InjectionToken, options?: InjectOptions): unknown {
    const known = this.registry.entries.get(token);
    if (known?.done && !options && !this.disposed) return known.instance;
    return now(this.#lookup(token, options), token);
  }

  /** Like {@link get}, and waits for asynchronous providers. Concurrent requests share one creation; a failed one is retried by the next request. */
  getAsync<T>(token: InjectionToken<T>, options: InjectOptions & { readonly optional: true }): Promise<T | undefined>;
  getAsync<T>(token: InjectionToken<T>, options?: InjectOptions): Promise<T>;
  async getAsync(token: InjectionToken, options?: InjectOptions): Promise<unknown> {
    const value = this.#lookup(token, options);
    return value instanceof Wait ? (await value)[0] : value;
  }

  /** Returns whether `token` is provided; creates nothing. */
  has(token: InjectionToken, options?: InjectOptions): boolean {
    return !!this.registry.find(token, options);
  }

  /** Runs a function in which `inject()` works, until its first `await`. */
  run<R>(action: () => R): R {
    alive(this);
    return construct(createEntry(this.registry, undefined, 'factory', action), this, none) as R;
  }

  /**
   * Creates a container that falls back to this one. Its own providers are invisible here.
   *
   * @throws as `createContainer`
   */
  createChild<const P extends readonly Provider[]>(source?: Source<P>): Container {
    return fill(open(this), source as Source).validate();
  }

  /** Opens a request scope. It costs almost nothing until a request-scoped provider is requested; dispose it at the end. */
  createScope(): Container {
    return open(this, true);
  }

  /** Sets a value in a request scope, for a token provided with only `scope: 'request'`. */
  set<T>(token: InjectionToken<T>, value: NoInfer<T>): this {
    alive(this);
    const entry = this.registry.find(token);
    if (entry?.scope !== 'request' || this.request !== this)
      fail('invalid', `${nameOf(token)} and this container must be request-scoped`);
    const known = this.cells[entry.slot];
    if (known && (known.done || known.instance)) fail('duplicate', `${nameOf(token)} is already in use; provide it earlier`);
    this.cells[entry.slot] = { token, instance: value, done: true };
    return this;
  }

  /**
   * Checks every provider registered here and its dependencies. Creates nothing.
   *
   * @throws NexusError, or an `AggregateError` of several
   */
  validate(): this {
    const { container } = this.registry;
    const failed = new Set<Entry>();
    const errors: unknown[] = [];
    // More may be added during the loop.
    for (const entry of container.fresh) {
      const [target, by] = entry.kind === 'lazy' ? [entry.deps[0] as Entry, entry.via] : [entry];
      if (failed.has(target)) continue;
      try {
        if (!target.depth) {
          target.via = undefined;
          link(target, failed);
        }
        if (by) scoped(target, by);
      } catch (error) {
        errors.push(error);
        failed.add(entry);
      }
    }
    container.fresh = [...failed];
    if (errors.length) throw errors.length > 1 ? new AggregateError(errors, textsOf(errors, '\n')) : errors[0];
    return this;
  }

  /**
   * Checks the graph and lists the providers of this container and its modules, and their dependencies, including tokens
   * with a factory that nobody provides. For frameworks, which create everything at startup. Dependencies requested only
   * with `inject()` are not included.
   */
  providers(): readonly Registered[] {
    const { container } = this.validate().registry;
    const found = reach([this.registry, ...(container.modules?.values() ?? [])]);
    return [...found]
      .filter(({ home, kind }) => home === container && kind !== 'lazy')
      .map((entry) => ({
        token: entry.token as InjectionToken,
        kind: entry.kind,
        scope: entry.scope,
        module: entry.registry.name,
        create: () => {
          alive(this);
          const value = resolve(entry, this, undefined);
          return value instanceof Wait ? value.then(([made]) => made) : value;
        },
        needs: () =>
          (entry.links ?? []).map((link) => (link.kind === 'lazy' ? (link.deps[0] as Entry) : link).token as InjectionToken),
      }));
  }

  /**
   * Lists the instances that were created and are kept here, in the order of creation: dependencies come first. Values,
   * transients and instances of other containers are not included. An object returned by two providers is listed once, for
   * the first.
   */
  instances(): readonly Instance[] {
    alive(this);
    const created = this.steps.filter((step) => typeof step === 'object' && step.kind !== 'value');
    return once(created).map((step) => {
      const { token, instance } = step as Cell;
      return { token: token as InjectionToken, instance };
    });
  }

  /** @internal Whether this container, or the one from which it was created, has created `instance`. */
  created(instance: unknown): boolean | undefined {
    return (
      Object(instance) === instance &&
      (this.steps.some((step) => typeof step === 'object' && step.instance === instance) || this.parent?.created(instance))
    );
  }

  /** Calls `step` when the container is disposed; the last one added is called first. After disposal, calls it at once and returns its result. */
  onDispose(step: (sync: boolean) => unknown): unknown;
  /** @internal */
  onDispose(step: Step): unknown;
  onDispose(step: Step): unknown {
    if (this.disposed) return take(step, false);
    // Only a container with something to dispose is registered with its parents: a scope dropped without disposal does not leak.
    for (let at: Container = this; at.parent && !at.parent.held.has(at.#step); at = at.parent) at.parent.held.add(at.#step);
    return void this.steps.push(step);
  }

  /**
   * Disposes everything that was created here: first children and scopes, then instances in reverse order, each once, with
   * the provider's `onDispose`, or else their own `Symbol.asyncDispose`, `Symbol.dispose` or `onDispose`. An object that
   * another container received earlier, and still has, is left to that container. Waits for instances that are still being
   * created. May be called again: it returns the same promise.
   *
   * @param limit limits the wait for each step, also of children, so that a step that never ends does not delay the others
   * @throws AggregateError with all failures; everything else has been disposed. NexusError `invalid` for a limit that is not a function; then nothing is disposed
   */
  dispose(limit?: DisposalLimit): Promise<void> {
    if (limit && typeof limit !== 'function') return (async () => fail('invalid', 'dispose(): limit must be a function'))();
    this.#end ??= (async () => {
      for (const waiting of this.#teardown(false, limit)) await waiting;
    })();
    return this.#end;
  }

  [asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Disposes everything without waiting. Asynchronous disposals are started and reported as failed. */
  [dispose](): void {
    Array.from(this.#teardown(true));
  }

  #teardown(sync: boolean, limit?: DisposalLimit): Iterable<unknown> {
    if (this.#disposed) return none;
    this.#disposed = true;
    for (const { instance } of this.steps as Cell[])
      if (owners.get(instance as object) === this.steps) owners.delete(instance as object);
    this.parent?.held.delete(this.#step);
    return disposeAll([...once(this.steps), ...this.held].reverse(), sync, limit);
  }

  /** @internal Whether this container, or the one from which it was created, is disposed. */
  get disposed(): boolean | undefined {
    return this.#disposed || this.parent?.disposed;
  }

  #lookup(token: unknown, options: InjectOptions | undefined): unknown {
    if (this.registry.container.fresh.length) this.validate();
    return lookup(this, this.registry, token, options);
  }
}

const give = () => {
  const { within, home } = active!;
  return within!.registry.container === home ? within : home;
};

/** @internal A container, or a request scope, below another. */
// A class that refers to itself has two names once it is bundled.
export function open(parent: Container, scoped?: boolean): Container {
  alive(parent);
  return new Container(parent, scoped);
}
