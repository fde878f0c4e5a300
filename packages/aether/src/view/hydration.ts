/** Takes over nodes that a server has written, in their order. */
export interface Cursor {
  /** Whether a node is not to be changed: nothing is taken over any more, because a part waits. What is made then is thrown away. */
  holds(parent: Node): boolean;
  element(tag: string): Element | undefined;
  text(data: string): Text | undefined;
  enter(element: Element): void;
  leave(element: Element): void;
  /** Leaves the content of an element to the page, which gives it as markup. */
  keep(element: Element): void;
}

/** The cursor while a page takes nodes over, which happens in one go. */
export const hydration: { cursor: Cursor | undefined } = { cursor: undefined };

/** Makes what no server has written: takes no nodes over meanwhile. */
export function unclaimed<T>(make: () => T): T {
  const { cursor } = hydration;
  hydration.cursor = undefined;
  try {
    return make();
  } finally {
    hydration.cursor = cursor;
  }
}
