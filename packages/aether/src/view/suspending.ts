import type { Context } from '../reactive/owner.js';
import type { Suspension } from '../reactive/suspend.js';
import type { Marks } from './host.js';
import type { Mount } from './mounts.js';

/** Finds the nearest `Suspense` in a context. */
export const suspenseKey = Symbol('aether.suspense');

/** Finds the rendering of a server in a context. */
export const renderKey = Symbol('aether.render');

/** A place that shows something else while parts of it wait. */
export interface Boundary {
  /** Counts a wait. */
  wait(until: Promise<void>): void;
  /** Keeps a callback until the content is shown. Returns false when it is. */
  hold(mount: Mount): boolean;
}

/** The rendering of a page on a server. */
export interface ServerRender {
  /** Counts a wait, whether or not a `Suspense` is around it. */
  wait(until: Promise<void>): void;
  /** Hears that a `Suspense` shows its content. */
  revealed(marks: Marks): void;
}

/** Tells the nearest `Suspense` that something waits. */
export function suspend(context: Context | undefined, suspension: Suspension): void {
  (context?.[suspenseKey] as Boundary | undefined)?.wait(suspension.until);
  (context?.[renderKey] as ServerRender | undefined)?.wait(suspension.until);
}
