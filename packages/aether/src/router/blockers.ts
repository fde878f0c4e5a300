/** Questions that are asked before a page is left. */
import type { Blocker } from './options.js';

/**
 * Asks `blocker` from now on, also when the window is closed.
 *
 * @param current the address that is shown
 * @returns ends that
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

/** Whether one of them stays at the page. They are asked one after the other. */
export async function isBlocked(blockers: ReadonlySet<Blocker>, to: URL): Promise<boolean> {
  for (const blocker of blockers) if (await blocker(to)) return true;
  return false;
}
