import { errorsOf, fail, textsOf } from './error.js';
import type { Kind } from './provider.js';

// Not every browser supports them yet.
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Whether a value is a promise or behaves like one. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';

/** A step of a disposal: a function to call, or an instance, which is disposed by `onDispose` or its own method. */
export type Step =
  | ((sync: boolean) => unknown)
  | {
      readonly instance: unknown;
      readonly onDispose?: ((value: never) => unknown) | undefined;
      readonly token?: unknown;
      readonly kind?: Kind;
      /** Disposal of a child container, whose own steps have limits. */
      readonly below?: (limit: DisposalLimit | undefined) => PromiseLike<unknown>;
    };

/**
 * Limits the wait for one step of a disposal.
 *
 * @param ending settles when the step has ended
 * @param instance the object that is disposed; `undefined` for a function
 * @returns a promise that resolves when the disposal may continue, and rejects if the step counts as failed
 */
export type DisposalLimit = (ending: PromiseLike<unknown>, instance: unknown) => PromiseLike<unknown>;

/** Returns the disposer of a value: its own `Symbol.asyncDispose` or `Symbol.dispose` (`sync`: the other way round), or `onDispose`. */
export function disposerOf(value: unknown, sync?: boolean): (() => unknown) | undefined {
  const { [dispose]: now, [asyncDispose]: later, onDispose } = (value ?? {}) as Record<PropertyKey, (() => unknown) | undefined>;
  const method = sync ? (now ?? later ?? onDispose) : (later ?? now ?? onDispose);
  return typeof method === 'function' ? method : undefined;
}

/** Steps of the container that owns an object: the first living one of those that received it. */
export const owners = new WeakMap<object, readonly Step[]>();

/** Removes objects of earlier steps; the first `onDispose` takes precedence over the object's own method. */
export function once(steps: readonly Step[]): Step[] {
  const kept = new Map<unknown, Step>();
  for (const step of steps) {
    const object = typeof step === 'object' && Object(step.instance) === step.instance;
    const key = object ? step.instance : kept.size;
    const known = kept.get(key);
    if (!known) kept.set(key, step);
    else if (object) kept.set(key, { ...step, ...known, onDispose: (known as typeof step).onDispose ?? step.onDispose });
  }
  return [...kept.values()];
}

/** Runs a step. */
export function take(step: Step, sync: boolean): unknown {
  if (typeof step === 'function') return step(sync);
  const { instance, onDispose } = step;
  return onDispose ? onDispose(instance as never) : disposerOf(instance, sync)?.call(instance);
}

/**
 * Runs every step, also after a failure. Yields promises to await before it continues; with `sync`, they count as failures.
 *
 * @throws AggregateError with all failures
 */
export function* disposeAll(steps: readonly Step[], sync: boolean, limit?: DisposalLimit): Generator<unknown, void> {
  const errors: unknown[] = [];
  const caught = (error: unknown) => {
    errors.push(...errorsOf(error));
  };
  for (const step of steps) {
    try {
      const { instance, below } = step as Exclude<Step, (sync: boolean) => unknown>;
      const result = below && !sync ? below(limit) : take(step, sync);
      if (!isThenable(result)) continue;
      // Called once: a thenable may start its work on each call.
      const disposed = Promise.resolve(result);
      // Handled also if the limit throws, or never awaits it.
      disposed.catch(() => {});
      yield (limit && !below ? limit(disposed, instance) : disposed).then(undefined, caught);
      if (sync) fail('async', 'disposal is asynchronous; await dispose()');
    } catch (error) {
      caught(error);
    }
  }
  if (errors.length) throw new AggregateError(errors, `not disposed: ${textsOf(errors, '; ')}`);
}
