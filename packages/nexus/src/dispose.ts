import { fail } from './error.js';

// Not every browser has them yet.
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** One step of a disposal; `sync` when nobody can wait for it. */
export type Disposer = (sync: boolean) => unknown;

/** A step of a disposal, or what holds an instance whose own method is looked for then. */
export type Step = Disposer | { readonly value: unknown };

/** Takes a step. */
export const take = (step: Step, sync: boolean): unknown =>
  typeof step === 'function' ? step(sync) : disposerOf(step.value)?.(sync);

/** The step that calls a provider's `onDispose`. */
export const calling =
  (onDispose: (instance: never) => unknown, instance: unknown): Disposer =>
  () =>
    onDispose(instance as never);

/** What disposes of a value: its own `Symbol.asyncDispose`, `Symbol.dispose` or `onDispose`. */
export function disposerOf(value: unknown): Disposer | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || !value) return;
  const {
    [dispose]: now,
    [asyncDispose]: later,
    onDispose,
  } = value as Partial<Disposable & AsyncDisposable> & { onDispose?: () => unknown };
  const method = now ?? later ?? onDispose;
  return typeof method === 'function' ? (sync) => ((sync ? now : later) ?? method).call(value) : undefined;
}

/**
 * Takes every step, also after a failing one, and waits unless `sync`: then a step that has to be awaited counts as failed.
 *
 * @throws AggregateError with all that failed
 */
export function disposeAll(steps: readonly Step[], sync: boolean): Promise<void> | void {
  const errors: unknown[] = [];
  const caught = (error: unknown) => {
    errors.push(...(error instanceof AggregateError ? error.errors : [error]));
  };
  const next = (from: number): Promise<void> | void => {
    for (let i = from; i < steps.length; i++) {
      try {
        const result = take(steps[i]!, sync) as Promise<unknown> | undefined;
        if (typeof result?.then === 'function') {
          const done = result.then(undefined, caught);
          if (!sync) return done.then(() => next(i + 1));
          fail('async', 'disposal is asynchronous; use await using or await dispose()');
        }
      } catch (error) {
        caught(error);
      }
    }
    if (errors.length) throw new AggregateError(errors, `not disposed: ${errors.join('; ')}`);
  };
  return next(0);
}
