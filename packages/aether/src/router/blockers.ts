import type { Blocker } from './options.js';

/** Questions that are asked before a page is left. */
export class Blockers {
  private readonly blockers = new Set<Blocker>();

  /**
   * Asks `blocker` from now on, also when the window is closed.
   *
   * @param current the address that is shown
   * @returns ends that
   */
  add(blocker: Blocker, current: () => URL): () => void {
    const unload = (event: Event) => {
      if (blocker(current()) === true) event.preventDefault();
    };
    this.blockers.add(blocker);
    globalThis.addEventListener?.('beforeunload', unload);
    return () => {
      this.blockers.delete(blocker);
      globalThis.removeEventListener?.('beforeunload', unload);
    };
  }

  /** Whether one of them stays at the page. They are asked one after the other. */
  async refuse(to: URL): Promise<boolean> {
    for (const blocker of this.blockers) if (await blocker(to)) return true;
    return false;
  }
}
