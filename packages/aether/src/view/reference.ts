import { activeScope, runIn } from '../reactive/owner.js';
import { isSignal, type WritableSignal } from '../reactive/signal.js';
import type { Binder, Binding } from './binding.js';

/** A reference to an element: a signal, which is cleared at the end, or a function. */
class Reference implements Binding {
  constructor(
    readonly element: Element,
    private ref: unknown,
  ) {
    this.set(element);
  }

  patch(value: unknown): boolean {
    // A view creates a new function on each run, with the same meaning.
    if (value !== this.ref && !(isCallback(value) && isCallback(this.ref))) {
      this.dispose();
      this.ref = value;
      this.set(this.element);
    }
    return true;
  }

  dispose(): void {
    if (isSignal(this.ref) && this.ref.peek() === this.element) this.set(undefined);
  }

  private set(value: Element | undefined): void {
    if (isSignal(this.ref)) (this.ref as WritableSignal<Element | undefined>).set(value);
    else if (isCallback(this.ref) && value !== undefined) runIn(activeScope(), () => (this.ref as (e: Element) => void)(value));
  }
}

const isCallback = (ref: unknown): boolean => typeof ref === 'function' && !isSignal(ref);

/** Passes an element to a reference. */
export const refer: Binder = (element, _name, value) => {
  if (value === undefined || value === null) return undefined;
  const reference = new Reference(element, value);
  // What is shown in a place ends with its owner: instances within are not told.
  activeScope()?.defer(() => reference.dispose());
  return reference;
};
