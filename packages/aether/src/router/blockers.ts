/** Blockers, which run before the user leaves a page. */
import type { Blocker } from './options.js';

/**
 * Calls `blocker` from now on, also when the window is closed.
 *
 * @param current returns the current address
 * @returns a function that removes the blocker
 */
export function addBlocker(blockers: Set<Blocker>, blocker: Blocker, current: () => URL): () => void {
  const unload = (event: Event) => {
    if (blocker(current()) === true) event.preventDefault();
  };
  blockers.add(blocker);
  globalThis.addEventListener?.('beforeunload', unload);
  return () => {
    blockers.delete(blocker);
    globalThis.removeEventListener?.('beforeunload', unload);
  };
}

/** Returns whether a blocker keeps the page. They are called one after the other. */
export async function isBlocked(blockers: ReadonlySet<Blocker>, to: URL): Promise<boolean> {
  for (const blocker of blockers) if (await blocker(to)) return true;
  return false;
}
