import { activeScope, runIn, Scope } from '../reactive/owner.js';
import { isSignal, type WritableSignal } from '../reactive/signal.js';
import type { Binder, Binding } from './binding.js';

/**
 * A reference to an element: a signal, which is cleared at the end, or a function. It ends with its owner, too: instances within what is
 * shown in a place are not told.
 */
class Reference extends Scope implements Binding {
  constructor(
    readonly element: Element,
    private ref: unknown,
  ) {
    super(activeScope());
    this.set(element);
  }

  patch(value: unknown): boolean {
    // A view creates a new function on each run, with the same meaning.
    if (value !== this.ref && !(isCallback(value) && isCallback(this.ref))) {
      this.release();
      this.ref = value;
      this.set(this.element);
    }
    return true;
  }

  override release(): void {
    if (isSignal(this.ref) && this.ref.peek() === this.element) this.set(undefined);
  }

  private set(value: Element | undefined): void {
    if (isSignal(this.ref)) (this.ref as WritableSignal<Element | undefined>).set(value);
    else if (isCallback(this.ref) && value !== undefined) runIn(activeScope(), () => (this.ref as (e: Element) => void)(value));
  }
}

const isCallback = (ref: unknown): boolean => typeof ref === 'function' && !isSignal(ref);

/** Passes an element to a reference. */
export const refer: Binder = (element, _name, value) =>
  value === undefined || value === null ? undefined : new Reference(element, value);
