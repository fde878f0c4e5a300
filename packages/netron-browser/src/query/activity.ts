/** State of the page: visible, online, and when that changes. */

/** State of the page as queries use it. Pass another one where there is no page, or in tests. */
export interface Activity {
  /** Whether the page is visible. */
  readonly visible: boolean;
  /** Whether there is a network, as far as the browser knows. */
  readonly online: boolean;
  /**
   * Calls `listener` when the page becomes visible (`focus`), or the network returns (`online`) or is lost (`offline`).
   *
   * @returns a function that removes the listener
   */
  listen(listener: (event: ActivityEvent) => void): () => void;
}

/** Change of the page's state. */
export type ActivityEvent = 'focus' | 'online' | 'offline';

/** Events of the page, and the change that each means. */
const events = [
  ['visibilitychange', 'focus'],
  ['resume', 'focus'],
  ['focus', 'focus'],
  ['pageshow', 'focus'],
  ['online', 'online'],
  ['offline', 'offline'],
] as const;

/**
 * Returns the state of the page itself; without a page, always visible and online. Events of the page are listened to only while this has
 * listeners.
 */
export function pageActivity(): Activity {
  const page = globalThis as { document?: Document; addEventListener?: unknown; navigator?: Navigator };
  const listeners = new Set<(event: ActivityEvent) => void>();
  const heard: [EventTarget, string, () => void][] = [];
  const start = () => {
    if (page.document === undefined || typeof page.addEventListener !== 'function') return;
    for (const [name, event] of events) {
      const target: EventTarget =
        name === 'visibilitychange' || name === 'resume' ? page.document : (page as unknown as EventTarget);
      const tell = () => {
        if (event === 'focus' && !visible()) return;
        for (const listener of [...listeners]) listener(event);
      };
      target.addEventListener(name, tell);
      heard.push([target, name, tell]);
    }
  };
  const visible = () => page.document?.visibilityState !== 'hidden';
  return {
    get visible() {
      return visible();
    },
    get online() {
      return page.navigator?.onLine !== false;
    },
    listen(listener) {
      if (listeners.size === 0) start();
      listeners.add(listener);
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        for (const [target, name, tell] of heard.splice(0)) target.removeEventListener(name, tell);
      };
    },
  };
}
