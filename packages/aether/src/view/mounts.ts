import { inert } from '../reactive/effect.js';
import { Disposed, endBatch, startBatch } from '../reactive/graph.js';
import { currentScope, raise, runIn, type Scope } from '../reactive/owner.js';
import { suspenseKey } from './suspending.js';

/** A callback that waits for its view to be in the document. */
export interface Mount {
  readonly scope: Scope;
  readonly run: () => unknown;
}

let waiting: Mount[] = [];
let depth = 0;

/**
 * Runs a change of the document. When the outermost one is complete, views that it has inserted are told, in the order in
 * which they were made.
 */
export function commit<T>(change: () => T): T {
  depth++;
  startBatch();
  try {
    return change();
  } finally {
    depth--;
    if (depth === 0) runMounts();
    endBatch();
  }
}

function runMounts(): void {
  const mounts = waiting;
  waiting = [];
  for (const { scope, run } of mounts) {
    if (scope.flags & Disposed) continue;
    try {
      const cleanup = runIn(scope, run);
      if (typeof cleanup === 'function') scope.defer(cleanup as () => void);
    } catch (error) {
      raise(error, scope.context);
    }
  }
}

/** Lets callbacks wait for the change under way. */
export function awaitMount(...mounts: readonly Mount[]): void {
  if (depth > 0) waiting.push(...mounts);
  else commit(() => waiting.push(...mounts));
}

// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement has this type
type MountFunction = () => void | (() => void) | Promise<unknown>;

/**
 * Calls `fn` once the view of the current component is in the document. When it returns a function, that is called at the
 * end of the component. Not called while a page is rendered on a server.
 *
 * @throws AetherError `no_owner` outside of a component
 */
export function onMount(fn: MountFunction): void {
  const scope = currentScope('onMount');
  if (scope.context?.[inert] === true) return;
  const mount: Mount = { scope, run: fn };
  const boundary = scope.context?.[suspenseKey] as { readonly hold: (mount: Mount) => boolean } | undefined;
  if (!boundary?.hold(mount)) awaitMount(mount);
}
