import type { Scope } from '../reactive/owner.js';
import type { Mount } from './mounts.js';

/** Nodes around the content of a `Suspense`. */
export interface Marks {
  readonly start: ChildNode;
  readonly end: ChildNode;
  /** Whether hydration is in progress, so that they are already in place. */
  claimed(): boolean;
}

/** A boundary that shows a fallback while parts of it wait. */
export interface Boundary {
  /**
   * Counts a wait.
   *
   * @param owner owner with which the answer is lost, if any
   */
  wait(until: Promise<void>, owner?: Scope): void;
  /** Holds a callback until the content is shown. Returns false if it is shown already. */
  hold(mount: Mount): boolean;
}

/** The rendering of a page on a server. */
export interface ServerRender {
  /** Counts a wait, inside or outside of a `Suspense`. */
  wait(until: Promise<void>): void;
  /** Called when a `Suspense` shows its content. */
  revealed(marks: Marks): void;
}
