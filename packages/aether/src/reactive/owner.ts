/**
 * Owners: everything created inside an owner lives as long as it does. A scope only owns; effects and computeds are owners
 * whose children are disposed on each run.
 */
import { batch } from './batch.js';
import { AetherError, report } from './error.js';
import { active, Disposed, enqueue, type Job, Owning, Providing, Running, Watching } from './graph.js';
import { Notice } from './notice.js';

/** Values that an owner and its descendants see, by symbol. Inner records are copies of outer ones. */
export type Context = Record<symbol, unknown>;

/** Handles an error. Its own errors go to the next handler outside. */
export type ErrorHandler = (error: unknown) => void;

/** Owner of effects, cleanups and other owners. Opaque: it comes from `getOwner` and goes to `runWithOwner`. */
export interface Owner {
  /** @internal */
  readonly [internals]: Scope;
}

declare const internals: unique symbol;

const handlerKey = Symbol('aether.handler');
/** Key of the original values, among the values of an owner that provides some itself. */
const outsideKey = Symbol('aether.outside');

/** A node of the tree of owners. Children form a list that is linked through them, so that owning costs no allocation. */
export class Scope {
  flags = 0;
  /** Nearest outer effect. */
  above: Job | undefined;
  context: Context | undefined;
  cleanups: (() => void) | (() => void)[] | undefined = undefined;
  parent: Scope | undefined;
  /** Last child, and siblings among the children of the parent. */
  last: Scope | undefined = undefined;
  previous: Scope | undefined = undefined;
  following: Scope | undefined = undefined;

  /** @param owned whether the parent disposes this owner; otherwise it only provides context and order */
  constructor(parent: Scope | undefined, owned = true) {
    this.context = parent?.context;
    this.above = parent?.job();
    this.parent = undefined;
    if (parent !== undefined && owned) this.attach(parent);
  }

  /** Attaches this owner to a parent, with which it ends. */
  attach(parent: Scope): void {
    this.parent = parent;
    if (parent.flags & Disposed) this.flags = Disposed;
    else {
      this.previous = parent.last;
      if (parent.last !== undefined) parent.last.following = this;
      parent.last = this;
      parent.flags |= Owning;
    }
  }

  /** The effect that children of this owner run after. */
  job(): Job | undefined {
    return this.above;
  }

  /** Releases resources of a kind of owner beyond children and cleanups. */
  release(): void {}

  /** Disposes this owner and everything that it owns. Idempotent. */
  dispose(): void {
    if (this.flags & Disposed) return;
    const { parent, previous, following } = this;
    if (parent !== undefined) {
      if (following === undefined) parent.last = previous;
      else following.previous = previous;
      if (previous !== undefined) previous.following = following;
    }
    this.end();
  }

  /** Disposes this owner after its parent has released it. */
  end(): void {
    this.flags = (this.flags & Running) | Disposed;
    this.empty();
    this.release();
    this.parent = this.previous = this.following = undefined;
  }

  /** Disposes the children, the last one first, then runs the cleanups, the last one first. Removes the values provided here. */
  empty(): void {
    let child = this.last;
    this.flags &= ~Owning;
    this.last = undefined;
    while (child !== undefined) {
      const before: Scope | undefined = child.previous;
      child.end();
      child = before;
    }
    const cleanups = this.cleanups;
    if (cleanups !== undefined) {
      this.cleanups = undefined;
      if (typeof cleanups === 'function') runCleanup(this, cleanups);
      else for (let index = cleanups.length; index-- > 0; ) runCleanup(this, cleanups[index] as () => void);
    }
    if (this.flags & Providing) {
      this.context = outside(this);
      this.flags &= ~Providing;
    }
  }

  /** Adds a cleanup; runs it at once if this owner is disposed. */
  defer(cleanup: () => void): void {
    if (this.flags & Disposed) return runCleanup(this, cleanup);
    this.flags |= Owning;
    if (this.cleanups === undefined) this.cleanups = cleanup;
    else if (typeof this.cleanups === 'function') this.cleanups = [this.cleanups, cleanup];
    else this.cleanups.push(cleanup);
  }
}

/** Returns the values of an owner from outer owners. */
export const outside = ({ flags, context }: Scope): Context | undefined =>
  flags & Providing ? (context?.[outsideKey] as Context | undefined) : context;

/** Provides a value to an owner and to everything created in it from now on. */
export function provide(scope: Scope, key: symbol, value: unknown): void {
  see(scope, { ...scope.context, [key]: value });
}

/** Replaces the values of an owner from outside, until it is emptied. */
export function see(scope: Scope, values: Context | undefined): void {
  // A copy, because engines keep a prototype object, with all its references, until a full garbage collection.
  scope.context = { ...values, [outsideKey]: outside(scope) };
  scope.flags |= Owning | Providing;
}

function runCleanup(scope: Scope, cleanup: () => void): void {
  try {
    runIn(scope.parent, cleanup);
  } catch (error) {
    raise(error, scope.context);
  }
}

/** Runs a function with an owner and no tracker. */
export function runIn<T>(scope: Scope | undefined, run: () => T): T {
  const { tracker, owner } = active;
  active.tracker = undefined;
  active.owner = scope as unknown as Owner | undefined;
  try {
    return run();
  } finally {
    active.tracker = tracker;
    active.owner = owner;
  }
}

/**
 * Passes a thrown value to the nearest handler of a context, or a suspension to the nearest `Suspense`; reports it if there
 * is none. Never throws.
 */
export function raise(thrown: unknown, context: Context | undefined): void {
  if (thrown instanceof Notice) thrown.tell?.(context);
  else {
    const run = () => runIn(undefined, () => handlerIn(context)(thrown));
    // Called after running effects, which would otherwise not run again on writes of a handler.
    batch(() => (active.effects > 0 ? enqueue({ label: 'onError', above: undefined, flags: Watching, run } as Job) : run()));
  }
}

const handlerIn = (context: Context | undefined): ErrorHandler => (context?.[handlerKey] ?? report) as ErrorHandler;

/**
 * Handles errors in the current owner from now on: of effects, cleanups and views below it. Errors of the handler go to the
 * next handler outside; `reportError` receives unhandled errors.
 *
 * @throws AetherError `no_owner` outside of an owner
 */
export function onError(handler: ErrorHandler): void {
  const scope = currentScope('onError');
  const outer = handlerIn(scope.context);
  provide(scope, handlerKey, (error: unknown) => {
    try {
      handler(error);
    } catch (thrown) {
      outer(thrown);
    }
  });
}

/** Returns the error handler of the current owner, or one that reports. It never throws. */
export const errorHandler = (): ErrorHandler => handlerIn(activeScope()?.context);

/** Returns the current scope, or `undefined`. */
export const activeScope = (): Scope | undefined => active.owner as unknown as Scope | undefined;

/** Returns the current scope. */
export function currentScope(caller: string): Scope {
  const scope = activeScope();
  if (scope === undefined) {
    throw new AetherError('no_owner', `${caller}() needs an owner: call it in a component, an effect or createRoot()`);
  }
  return scope;
}

/**
 * Runs `fn` in an owner of its own, which lives until `dispose` is called. It inherits contexts and error handlers from the
 * surrounding owner, but does not end with it. An error of `fn` disposes the root and is rethrown.
 */
export function createRoot<T>(fn: (dispose: () => void) => T): T {
  const root = new Scope(activeScope(), false);
  const dispose = () => root.dispose();
  try {
    return runIn(root, () => fn(dispose));
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Returns the current owner, for later use with `runWithOwner`; `undefined` if there is none. */
export function getOwner(): Owner | undefined {
  return active.owner;
}

/**
 * Runs `fn` with an owner from `getOwner`, for example after an `await`. Reads are not tracked. If the owner was disposed in
 * the meantime, effects created by `fn` do not run and cleanups run at once.
 */
export function runWithOwner<T>(owner: Owner | undefined, fn: () => T): T {
  return runIn(owner as unknown as Scope | undefined, fn);
}

/**
 * Calls `cleanup` when the current owner is disposed or runs again; the last one added is called first. Its reads are not
 * tracked.
 *
 * @throws AetherError `no_owner` outside of an owner
 */
export function onCleanup(cleanup: () => void): void {
  currentScope('onCleanup').defer(cleanup);
}

/**
 * Returns an `AbortSignal` that aborts when the current owner is disposed or runs again. All calls in one run return the
 * same one.
 *
 * @throws AetherError `no_owner` outside of an owner
 */
export function ownerSignal(): AbortSignal {
  const scope = currentScope('ownerSignal');
  const known = controllers.get(scope);
  if (known !== undefined) return known.signal;
  const controller = new AbortController();
  controllers.set(scope, controller);
  scope.defer(() => {
    controllers.delete(scope);
    controller.abort();
  });
  return controller.signal;
}

const controllers = new WeakMap<Scope, AbortController>();
