import type { Scope } from '../reactive/owner.js';
import type { Mount } from './mounts.js';

/** Nodes around the content of a `Suspense`. */
export interface Marks {
  readonly start: ChildNode;
  readonly end: ChildNode;
  /** Whether they are being taken over from a server at this moment, and so are where they belong. */
  claimed(): boolean;
}

/** A place that shows something else while parts of it wait. */
export interface Boundary {
  /**
   * Counts a wait.
   *
   * @param owner with which the answer is lost, if it is
   */
  wait(until: Promise<void>, owner?: Scope): void;
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
