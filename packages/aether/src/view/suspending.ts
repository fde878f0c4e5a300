import type { Context } from '../reactive/owner.js';
import type { Suspension } from '../reactive/suspend.js';
import type { Mount } from './mounts.js';

/** Finds the nearest `Suspense` in a context. */
export const suspenseKey = Symbol('aether.suspense');

/** A place that shows something else while parts of it wait. */
export interface Boundary {
  /** Counts a wait. */
  wait(until: Promise<void>): void;
  /** Keeps a callback until the content is shown. Returns false when it is. */
  hold(mount: Mount): boolean;
}

/** Tells the nearest `Suspense` that something waits. */
export function suspend(context: Context | undefined, suspension: Suspension): void {
  (context?.[suspenseKey] as Boundary | undefined)?.wait(suspension.until);
}
