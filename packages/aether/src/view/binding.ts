/** Keeper of an attribute whose value may change. */
export interface Binding {
  readonly element: Element;
  /** Takes another value of the same kind. Returns false for one of another kind. */
  patch(value: unknown): boolean;
  dispose(): void;
}

/** Gives an attribute of an element a value; `before` is the value that it was given last. Returns who keeps it, if somebody has to. */
export type Binder = (element: Element, name: string, value: unknown, before: unknown) => Binding | undefined;

/**
 * Gives an attribute of an element of a page a value.
 *
 * @param by what the attribute needs, whose name is known to a compiler
 */
export function bind(
  element: Element,
  name: string,
  by: Binder,
  value: unknown,
  binding: Binding | undefined,
  before: unknown,
): Binding | undefined {
  if (binding?.patch(value)) return binding;
  binding?.dispose();
  return by(element, name, value, before);
}
