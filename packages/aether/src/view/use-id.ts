let next = 0;

/** Returns an id for an element, to connect labels and descriptions. Unique in the page. */
export function useId(): string {
  return `a${next++}`;
}
