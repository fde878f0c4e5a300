import { Notice } from './notice.js';
import type { Context, Scope } from './owner.js';

/** Key of the nearest `Suspense` in a context. */
export const suspenseKey = Symbol('aether.suspense');

/** Key of the rendering on a server in a context. */
export const renderKey = Symbol('aether.render');

/** Counts waits. */
interface Waiting {
  wait(until: Promise<void>, owner: Scope | undefined): void;
}

/**
 * Thrown by a read that has no answer yet. Views show nothing, and run again when the answer has arrived. It is not an
 * error: instead of a handler, the nearest `Suspense` receives it.
 */
export class Suspension extends Notice {
  constructor(
    /** Settles when the answer has arrived, or will not. Never rejects. */
    override readonly until: Promise<void>,
    /** Owner with which the answer is lost; `undefined` if it is stored elsewhere. */
    readonly owner?: Scope | undefined,
  ) {
    super();
  }

  /** Notifies the nearest `Suspense`, and the rendering on a server, of a wait. */
  override tell(context: Context | undefined): void {
    for (const key of [suspenseKey, renderKey]) (context?.[key] as Waiting | undefined)?.wait(this.until, this.owner);
  }
}
