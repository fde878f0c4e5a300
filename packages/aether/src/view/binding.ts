import type { Host } from './host.js';

/** Keeper of an attribute whose value may change. */
export interface Binding {
  readonly element: Element;
  /** Takes another value of the same kind. Returns false for one of another kind. */
  patch(value: unknown): boolean;
  dispose(): void;
}

/** Gives an attribute of an element a value; `before` is the value that it was given last. Returns who keeps it, if somebody has to. */
export type Binder = (element: Element, name: string, value: unknown, before: unknown) => Binding | undefined;

/** Gives an attribute of an element of a page a value. */
export const bind: Host['bind'] = (element, name, by, value, binding, before) => {
  if (binding?.patch(value)) return binding;
  binding?.dispose();
  return by(element, name, value, before);
};
