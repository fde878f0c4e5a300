import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { activeScope, raise, runIn, type Scope } from '../reactive/owner.js';
import type { Binder, Binding } from './binding.js';

/** A listener. Its handler may be replaced; it runs as one batch, and belongs to the owner in which it was bound. */
class Listener implements Binding, EventListenerObject {
  private readonly owner: Scope | undefined = activeScope();

  constructor(
    readonly element: Element,
    private handler: unknown,
    private readonly type: string,
    private readonly capture: boolean | undefined,
  ) {
    element.addEventListener(type, this, capture);
  }

  handleEvent(event: Event): void {
    const { handler, owner } = this;
    try {
      runIn(owner, () =>
        batch(() => {
          if (typeof handler === 'function') handler.call(event.currentTarget, event);
          else (handler as EventListenerObject).handleEvent(event);
        }),
      );
    } catch (error) {
      raise(error, owner?.context);
    }
  }

  patch(value: unknown): boolean {
    if (!isHandler(value)) return false;
    this.handler = value;
    return true;
  }

  dispose(): void {
    this.element.removeEventListener(this.type, this, this.capture);
  }
}

export const isHandler = (value: unknown): boolean =>
  typeof value === 'function' || (value as Partial<EventListenerObject> | null | undefined)?.handleEvent !== undefined;

/** Returns a function that listens to events of a type, with `capture` before inner elements do. Values that are no handlers are dropped. */
export const listen =
  (type: string, capture?: boolean): Binder =>
  (element, name, handler) => {
    if (isHandler(handler)) return new Listener(element, handler, type, capture);
    if (dev && handler) dev.attributeDropped(name, 'must be a function, not a string');
    return undefined;
  };
