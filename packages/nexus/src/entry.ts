import type { Kind, Scope } from './provider.js';
import type { Registry } from './registry.js';

/** A registered provider: what it needs, and for singletons the instance. The node of the graph. */
export class Entry {
  readonly token: unknown;
  /** Where its dependencies are looked up. */
  readonly registry: Registry;
  /** The container that owns the instances, unless a request scope does. */
  readonly home: Registry['container'];
  readonly kind: Kind;
  readonly scope: Scope;
  readonly deps: readonly unknown[];
  readonly make: unknown;
  readonly onDispose: ((instance: never) => unknown) | undefined;

  /** The instance, once `done`; before, a `Wait` while something asynchronous is on its way. */
  value: unknown = undefined;
  done = false;
  /** While its own constructor or factory runs. */
  busy = false;
  /** The entries of `deps`; complete once `depth` is set. */
  links: Entry[] | undefined = undefined;
  /** Longest way down, in entries; 0 before the graph below has been checked. */
  depth = 0;
  /** Where a request scope keeps the value. While being checked: how many of `deps` have been. */
  slot = 0;
  /** The link through which a transient entry needs something request-scoped. */
  request: Entry | undefined = undefined;
  /** Who asked for it last; for error messages. */
  via: Entry | undefined = undefined;
  /** Whether instances have something to dispose of; unknown before the first. */
  disposes: boolean | undefined = undefined;

  constructor(
    registry: Registry,
    token: unknown,
    kind: Kind,
    scope: Scope = 'singleton',
    deps: readonly unknown[] = [],
    make?: unknown,
    onDispose?: (instance: never) => unknown,
    home = registry.container,
  ) {
    this.registry = registry;
    this.token = token;
    this.kind = kind;
    this.scope = scope;
    this.deps = deps;
    this.make = make;
    this.onDispose = onDispose;
    this.home = home;
    if (kind === 'value') {
      this.value = make;
      this.done = true;
    }
  }
}
