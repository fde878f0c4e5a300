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

  /** The instance, once `done`. */
  value: unknown = undefined;
  done = false;
  /** While its dependencies are created or its own constructor or factory runs. */
  busy = false;
  /** Set while a singleton waits for something asynchronous. */
  wait: unknown = undefined;
  /** The entries of `deps`; set by `link` once the whole graph below is right. */
  links: readonly Entry[] | undefined = undefined;
  /** The links found so far while `link` is at work below this entry. */
  found: Entry[] | undefined = undefined;
  /** The link through which a transient entry needs something request-scoped. */
  request: Entry | undefined = undefined;
  /** Longest way down, in entries. */
  depth = 0;
  /** Where a request scope keeps the value. */
  slot = -1;
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
