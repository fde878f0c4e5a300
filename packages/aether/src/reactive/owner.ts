/**
 * Owners: what is created inside of one lives as long as it does. A scope owns only; effects and computeds are owners whose
 * children go whenever they run again.
 */
import { batch } from './batch.js';
import { AetherError, report } from './error.js';
import { active, Disposed, enqueue, type Job, Owning, Providing, Running, Watching } from './graph.js';
import { Notice } from './notice.js';

/** Values that an owner and everything below it sees, by symbol. Inner records are copies of outer ones. */
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
/** Finds, in the values of an owner that gives some itself, those that it had before. */
const outsideKey = Symbol('aether.outside');

/** A node of the tree of owners. Children form a list that is linked through them, so that owning costs no allocation. */
export class Scope {
  flags = 0;
  /** Nearest effect around this owner. */
  above: Job | undefined;
  context: Context | undefined;
  cleanups: (() => void) | (() => void)[] | undefined = undefined;
  parent: Scope | undefined;
  /** Last child, and neighbours among the children of the parent. */
  last: Scope | undefined = undefined;
  previous: Scope | undefined = undefined;
  following: Scope | undefined = undefined;

  /** @param owned whether the parent ends this owner; otherwise it only gives context and order */
  constructor(parent: Scope | undefined, owned = true) {
    this.context = parent?.context;
    this.above = parent?.job();
    this.parent = undefined;
    if (parent !== undefined && owned) this.attach(parent);
  }

  /** Lets this owner end with another one. */
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

  /** Releases what a kind of owner holds beyond children and cleanups. */
  release(): void {}

  /** Ends this owner with all it owns. Idempotent. */
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

  /** Ends this owner, which its parent has let go. */
  end(): void {
    this.flags = (this.flags & Running) | Disposed;
    this.empty();
    this.release();
    this.parent = this.previous = this.following = undefined;
  }

  /** Ends the children, the last one first, then runs the cleanups, the last one first. Values given here are gone. */
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

  /** Adds a cleanup; runs it at once when this owner has ended. */
  defer(cleanup: () => void): void {
    if (this.flags & Disposed) return runCleanup(this, cleanup);
    this.flags |= Owning;
    if (this.cleanups === undefined) this.cleanups = cleanup;
    else if (typeof this.cleanups === 'function') this.cleanups = [this.cleanups, cleanup];
    else this.cleanups.push(cleanup);
  }
}

/** Values that an owner has from the owners around it. */
export const outside = ({ flags, context }: Scope): Context | undefined =>
  flags & Providing ? (context?.[outsideKey] as Context | undefined) : context;

/** Gives a value to an owner and to what is created in it from now on. */
export function provide(scope: Scope, key: symbol, value: unknown): void {
  see(scope, { ...scope.context, [key]: value });
}

/** Gives values to an owner instead of those from outside, until it is emptied. */
export function see(scope: Scope, values: Context | undefined): void {
  // A copy, because engines keep an object that is a prototype, with all it refers to, until a full collection.
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
 * Gives what was thrown to the nearest handler of a context, or to the nearest `Suspense` if it only has to wait; reports it
 * when there is none. Never throws.
 */
export function raise(thrown: unknown, context: Context | undefined): void {
  if (thrown instanceof Notice) thrown.tell?.(context);
  else {
    const run = () => runIn(undefined, () => handlerIn(context)(thrown));
    // Effects under way would not run again by what a handler writes: it is called after them.
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

/** Returns what takes the errors of the current owner: a handler, or a report. It never throws. */
export const errorHandler = (): ErrorHandler => handlerIn(activeScope()?.context);

/** The scope that owns what is created now, or `undefined`. */
export const activeScope = (): Scope | undefined => active.owner as unknown as Scope | undefined;

/** The scope that owns what is created now. */
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
