import type { Link } from 'alien-signals/system';
import { AetherError } from './error.js';
import {
  active,
  checkDirty,
  Dirty,
  dropAll,
  dropUnread,
  endBatch,
  Failed,
  Mutable,
  Owning,
  Pending,
  Running,
  type Source,
  shallowPropagate,
  startBatch,
  track,
} from './graph.js';
import { activeScope, type Owner, Scope } from './owner.js';
import { node, peek, type Signal, type SignalOptions, same } from './signal.js';

/** Number of reads of running computeds. A computed that failed because of one is not cached. */
let cycles = 0;

/** The node of a computed. It caches the result or the error of its function until a dependency changes. */
export class ComputedNode<T> extends Scope implements Source {
  deps: Link | undefined = undefined;
  depsTail: Link | undefined = undefined;
  subs: Link | undefined = undefined;
  subsTail: Link | undefined = undefined;
  value: unknown = undefined;
  override flags = Mutable | Dirty;

  constructor(
    private readonly compute: (before: T | undefined) => T,
    readonly options?: SignalOptions<T>,
  ) {
    super(activeScope());
  }

  read(): T {
    if (this.flags & (Running | Dirty | Pending)) this.settle();
    // A computed without dependencies stays as it is.
    if (this.deps !== undefined || this.flags & Dirty) track(this);
    if (this.flags & Failed) throw this.value;
    return this.value as T;
  }

  peek(): T {
    if (this.flags & (Running | Dirty | Pending)) this.settle();
    if (this.flags & Failed) throw this.value;
    return this.value as T;
  }

  /** Runs the function, on first use or after a dependency has changed. */
  refresh(): boolean {
    const { tracker, owner } = active;
    const before = this.value;
    const failed = (this.flags & Failed) !== 0;
    const cyclesBefore = cycles;
    let changed: boolean;
    this.restart();
    active.tracker = this;
    active.owner = this as unknown as Owner;
    active.run++;
    try {
      this.value = this.compute(failed ? undefined : (before as T | undefined));
      changed = failed || !same(this.options, before as T, this.value as T);
    } catch (error) {
      this.value = error;
      changed = !failed || error !== before;
      this.flags |= cycles === cyclesBefore ? Failed : Failed | Dirty;
    }
    active.tracker = tracker;
    active.owner = owner;
    this.flags &= ~Running;
    dropUnread(this);
    return changed;
  }

  unwatched(): void {
    if (this.flags & Running) return;
    this.flags |= Mutable | Dirty;
    if (this.deps !== undefined) dropAll(this);
    if (this.flags & Owning) this.empty();
  }

  /** Ends with the owner: readers may still read this computed, but nothing caches it any longer. */
  override end(): void {
    this.parent = this.previous = this.following = undefined;
    if (this.subs === undefined) this.unwatched();
  }

  private restart(): void {
    if (this.flags & Owning) this.empty();
    this.depsTail = undefined;
    this.flags = Mutable | Running;
  }

  private settle(): void {
    const { flags } = this;
    if (flags & Running) {
      cycles++;
      throw new AetherError('cycle', `computed ${this.options?.name ?? (this.compute.name || '(unnamed)')} reads itself`);
    }
    // Effects of the function's writes wait until all dependents of this computed are marked.
    startBatch();
    if (flags & Dirty || checkDirty(this.deps as Link, this)) {
      if (this.refresh() && this.subs !== undefined) shallowPropagate(this.subs);
    } else this.flags &= ~Pending;
    endBatch();
  }
}

function read<T>(this: ComputedNode<T>): T {
  return this.read();
}

/**
 * Creates a value derived from others. It is evaluated when it is read, and cached until one of its dependencies changes; an
 * error of its function is cached, too, and thrown to every reader. `compute` receives its previous result.
 *
 * @throws AetherError `cycle` when its own function reads it, directly or through others
 */
export function computed<T>(compute: (before: T | undefined) => T, options?: SignalOptions<T>): Signal<T> {
  const of = new ComputedNode(compute, options);
  const handle = read.bind(of as ComputedNode<unknown>) as Signal<T> & { [node]: ComputedNode<T> };
  handle[node] = of;
  handle.peek = peek as Signal<T>['peek'];
  return handle;
}
