import type { Binder, Binding } from './binding.js';
import { Followed } from './followed.js';

/** Sets an attribute to a value that is not a function; `before` is its previous value. */
export type Setter = (element: Element, name: string, value: unknown, before: unknown) => void;

/** An attribute whose value is a function: an effect of its own. */
export class AttributeHole extends Followed implements Binding {
  private shown: unknown = undefined;

  constructor(
    readonly element: Element,
    private readonly attribute: string,
    fn: () => unknown,
    private readonly set: Setter,
  ) {
    super(fn);
    this.execute();
  }

  protected override perform(): void {
    let value = this.fn();
    // A compiled attribute is a function whose value may be reactive itself.
    while (typeof value === 'function') {
      const next: unknown = value();
      if (next === value) throw new TypeError('a function returns itself');
      value = next;
    }
    if (value === this.shown && typeof value !== 'object') return;
    this.set(this.element, this.attribute, value, this.shown);
    this.shown = value;
  }
}

/** Returns a function that sets an attribute to a value, or tracks a function that returns one. */
export const following =
  (set: Setter): Binder =>
  (element, name, value, before) => {
    if (typeof value === 'function') return new AttributeHole(element, name, value as () => unknown, set);
    set(element, name, value, before);
    return undefined;
  };
