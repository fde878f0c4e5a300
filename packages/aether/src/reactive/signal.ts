import { dev } from '#dev';
import { active, changed, Dirty, Mutable, type Source, shallowPropagate, track } from './graph.js';
import { journal } from './journal.js';

/** Key of the node behind a signal or computed. Registered, so that two copies of the package recognize each other's signals. */
export const node: unique symbol = Symbol.for('@omnitron-dev/aether/node') as never;

/** Decides whether a new value equals the old one; equal values notify nobody. With `false`, values are never equal. */
export type Equals<T> = ((before: T, after: T) => boolean) | false;

/** Options of `signal` and `computed`. */
export interface SignalOptions<T> {
  /** Default `Object.is`. */
  readonly equals?: Equals<T> | undefined;
  /** Name in errors and development tools. */
  readonly name?: string | undefined;
}

// Intersections, not interfaces: the compiler infers last from a call that returns an object with a signature, after it has
// typed the functions beside it. `<Show when={signal(1)}>{(value) => …}</Show>` would get a value of type `unknown`.

/** A value that can be tracked. An effect, a computed or a view that reads it depends on it. */
export type Signal<T> = (() => T) & {
  /** Reads without tracking. */
  peek(): T;
};

/** A signal that can be written, by `set` and `update`. */
export type WritableSignal<T> = Signal<T> & {
  /** Changes the value. Effects that depend on it run before this returns, unless a batch is open. */
  set(value: T): void;
  /** Changes the value to the result of `change`, which receives the current value. */
  update(change: (value: T) => T): void;
};

/** Returns whether a value counts as unchanged. */
export function same<T>(options: SignalOptions<T> | undefined, before: T, after: T): boolean {
  const equals = options?.equals;
  return equals === undefined ? Object.is(before, after) : equals !== false && equals(before, after);
}

/** Like `same`, for values whose writer has already received the error of `equals`. */
function differs<T>(options: SignalOptions<T>, before: T, after: T): boolean {
  try {
    return !same(options, before, after);
  } catch {
    return true;
  }
}

/** The node of a signal. A write sets `pending`; it becomes the value on the next read, so that writing back costs nothing. */
export class SignalNode<T> implements Source {
  subs: Source['subs'] = undefined;
  subsTail: Source['subsTail'] = undefined;
  flags = Mutable;
  value: T;
  pending: T;

  constructor(
    initial: T,
    readonly options?: SignalOptions<T>,
  ) {
    this.value = this.pending = initial;
    if (dev) dev.valueWritten(initial, active);
  }

  read(): T {
    const value = this.peek();
    track(this);
    return value;
  }

  peek(): T {
    if (this.flags & Dirty && this.refresh() && this.subs !== undefined) shallowPropagate(this.subs);
    return this.value;
  }

  write(value: T): void {
    const before = this.pending;
    if (same(this.options, before, value)) {
      if (dev) dev.valueWrittenAgain(value, active, this.options?.name ?? 'signal');
      return;
    }
    if (dev) dev.valueWritten(value, active);
    journal.open?.push(() => Object.is(this.pending, value) && this.assign(before));
    this.assign(value);
  }

  refresh(): boolean {
    const before = this.value;
    this.flags = Mutable;
    this.value = this.pending;
    return this.options === undefined ? !Object.is(before, this.value) : differs(this.options, before, this.value);
  }

  unwatched(): void {}

  private assign(value: T): void {
    this.pending = value;
    this.flags = Mutable | Dirty;
    changed(this);
  }
}

interface Handle<N> {
  [node]: N;
}

function read<T>(this: SignalNode<T>): T {
  return this.read();
}

function set<T>(this: Handle<SignalNode<T>>, value: T): void {
  this[node].write(value);
}

function update<T>(this: Handle<SignalNode<T>>, change: (value: T) => T): void {
  this[node].write(change(this[node].peek()));
}

/** Reads a signal or computed without tracking. Shared by all of them. */
export function peek<T>(this: Handle<{ peek(): T }>): T {
  return this[node].peek();
}

/**
 * Creates a signal: a value that effects, computeds and views track.
 *
 * ```ts
 * const count = signal(0);
 * effect(() => console.log(count()));
 * count.set(1);
 * count.update((n) => n + 1);
 * ```
 */
export function signal<T>(initial: T, options?: SignalOptions<T>): WritableSignal<T>;
export function signal<T>(): WritableSignal<T | undefined>;
export function signal<T>(initial?: T, options?: SignalOptions<T | undefined>): WritableSignal<T | undefined> {
  return signalOf(new SignalNode<T | undefined>(initial, options));
}

/** Creates the function that represents a node. */
export function signalOf<T>(of: SignalNode<T>): WritableSignal<T> {
  // A bound function with shared methods: half the memory of closures, and nothing to create per method.
  const handle = read.bind(of as SignalNode<unknown>) as unknown as WritableSignal<T> & Handle<SignalNode<T>>;
  handle[node] = of;
  handle.peek = peek;
  handle.set = set;
  handle.update = update;
  return handle;
}

/** Returns whether a value is a signal or a computed. */
export function isSignal(value: unknown): value is Signal<unknown> {
  return typeof value === 'function' && node in value;
}
