import type { Link } from 'alien-signals/system';
import {
  active,
  checkDirty,
  Dirty,
  Disposed,
  dropAll,
  dropUnread,
  endBatch,
  type Job,
  Owning,
  Pending,
  Providing,
  Running,
  Watching,
} from './graph.js';
import { activeScope, type Owner, raise, Scope } from './owner.js';

/** Function of an effect. Returns nothing, or a cleanup that is called before the next run and at the end. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement has this type
export type EffectFunction = () => void | (() => void);

/** Options of `effect`. */
export interface EffectOptions {
  /** Name in errors and development tools. Default: the name of the function. */
  readonly name?: string | undefined;
}

/** Marks a context in which effects do not run: rendering on a server. */
export const inert = Symbol('aether.inert');

/** The node of an effect: an owner whose function runs again when a value that it has read has changed. */
export class EffectNode extends Scope implements Job {
  deps: Link | undefined = undefined;
  depsTail: Link | undefined = undefined;
  /** Declared only: most effects have no name, and no field for it. */
  declare name?: string;

  constructor(protected fn: () => unknown) {
    super(activeScope());
  }

  get label(): string {
    return this.name ?? (this.fn.name || '(unnamed)');
  }

  override job(): Job {
    return this;
  }

  override release(): void {
    // A running effect drops its dependencies when it returns.
    if (!(this.flags & Running)) dropAll(this);
  }

  run(): void {
    const { flags } = this;
    if (flags & (Dirty | Pending) && (flags & Dirty || checkDirty(this.deps as Link, this))) {
      this.again();
    } else if (!(this.flags & Disposed)) this.flags = (flags & (Owning | Providing)) | Watching;
  }

  /** Disposes the children of the previous run, and runs again. */
  again(): void {
    if (this.flags & Owning) this.empty();
    this.execute();
  }

  /** Performs one run. If the result is a function, it is a cleanup. */
  protected perform(): unknown {
    return this.fn();
  }

  /** Runs the function. Never throws: errors go to the nearest handler. */
  execute(): void {
    if (this.flags & Disposed) return;
    const { tracker, owner } = active;
    this.depsTail = undefined;
    this.flags = Watching | Running;
    active.tracker = this;
    active.owner = this as unknown as Owner;
    active.run++;
    active.depth++;
    active.effects++;
    let failure: { readonly thrown: unknown } | undefined;
    try {
      const cleanup = this.perform();
      if (typeof cleanup === 'function') this.defer(cleanup as () => void);
    } catch (thrown) {
      failure = { thrown };
    }
    active.effects--;
    active.tracker = tracker;
    active.owner = owner;
    this.flags &= ~Running;
    dropUnread(this);
    // It has ended meanwhile: so has what it has made since.
    if (this.flags & Disposed) this.release();
    // After the run, so that a handler's writes run this effect again.
    if (failure !== undefined) raise(failure.thrown, this.context);
    endBatch();
  }
}

/**
 * Runs `fn` now, and again after each change of a value that it has read. It ends with its owner, or when the returned
 * function is called. Outer effects run first; everything created in a run is disposed before the next run. Its own writes
 * do not run it again. An error goes to the nearest `onError` or `ErrorBoundary`, or else to `reportError`; other effects
 * continue.
 *
 * Effects do not run while a server renders a page.
 */
export function effect(fn: EffectFunction, options?: EffectOptions): () => void {
  if (activeScope()?.context?.[inert] === true) return () => {};
  return reaction(fn, options?.name);
}

/** Runs a function like `effect`, on servers too. */
export function reaction(fn: EffectFunction, name?: string): () => void {
  const node = new EffectNode(fn);
  if (name !== undefined) node.name = name;
  node.execute();
  return () => node.dispose();
}
