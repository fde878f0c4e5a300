import { batch } from '../reactive/batch.js';
import { inert } from '../reactive/effect.js';
import { Disposed, enqueue, type Job, Watching } from '../reactive/graph.js';
import { currentScope, raise, runIn, type Scope } from '../reactive/owner.js';
import { suspenseKey } from '../reactive/suspend.js';
import type { Boundary } from './suspending.js';

/** A callback that waits for its view to be in the document. */
export class Mount implements Job {
  readonly label = 'onMount';
  readonly above = undefined;
  flags = Watching;

  constructor(
    private readonly scope: Scope,
    private readonly callback: () => unknown,
  ) {}

  run(): void {
    const { scope } = this;
    if (scope.flags & Disposed) return;
    try {
      const cleanup = runIn(scope, this.callback);
      if (typeof cleanup === 'function') scope.defer(cleanup as () => void);
    } catch (error) {
      raise(error, scope.context);
    }
  }
}

/** Delays callbacks until the end of the current batch, in which views are inserted. */
export function awaitMounts(mounts: readonly Mount[]): void {
  batch(() => {
    for (const mount of mounts) enqueue(mount);
  });
}

// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement has this type
type MountFunction = () => void | (() => void) | Promise<unknown>;

/**
 * Calls `fn` once the view of the current component is in the document. A function that it returns is called when the
 * component is disposed. Not called while a server renders a page.
 *
 * @throws AetherError `no_owner` outside of a component
 */
export function onMount(fn: MountFunction): void {
  const scope = currentScope('onMount');
  if (scope.context?.[inert] === true) return;
  const mount = new Mount(scope, fn);
  if (!(scope.context?.[suspenseKey] as Boundary | undefined)?.hold(mount)) awaitMounts([mount]);
}
