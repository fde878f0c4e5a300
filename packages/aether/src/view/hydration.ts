/** Takes over nodes written by a server, in order. */
export interface Cursor {
  /** Whether state has changed since the view was made first, so that the server's HTML may differ. */
  readonly isLate: boolean;
  /** Whether a node is not to be changed: nothing is taken over any more, because a part waits. What is made then is thrown away. */
  holds(parent: Node): boolean;
  element(tag: string): Element | undefined;
  text(data: string): Text | undefined;
  enter(element: Element): void;
  leave(element: Element): void;
  /** Leaves the content of an element to the page, which sets it as markup. */
  keep(element: Element): void;
}

/** The cursor during hydration, which is synchronous. */
export const hydration: { cursor: Cursor | undefined } = { cursor: undefined };

/** Creates content that no server has written, without taking over nodes. */
export function unclaimed<T>(make: () => T): T {
  const { cursor } = hydration;
  hydration.cursor = undefined;
  try {
    return make();
  } finally {
    hydration.cursor = cursor;
  }
}
