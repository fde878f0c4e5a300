/** Takes over nodes that a server has written, in their order. */
export interface Cursor {
  element(tag: string): Element;
  text(data: string): Text;
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
