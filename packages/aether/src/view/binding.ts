import { batch } from '../reactive/batch.js';
import { activeScope, raise, runIn, type Scope } from '../reactive/owner.js';
import { isSignal, type WritableSignal } from '../reactive/signal.js';
import { setAttribute } from './attributes.js';
import { Followed } from './followed.js';

/** Keeper of an attribute whose value may change. */
export interface Binding {
  readonly element: Element;
  /** Takes another value of the same kind. Returns false for one of another kind. */
  patch(value: unknown): boolean;
  dispose(): void;
}

/** An attribute whose value is a function: an effect of its own. */
export class AttributeHole extends Followed implements Binding {
  private shown: unknown = undefined;

  constructor(
    readonly element: Element,
    protected readonly attribute: string,
    fn: () => unknown,
  ) {
    super(fn);
    this.execute();
  }

  protected override perform(): void {
    let value = this.fn();
    // A compiled attribute is a function of a value that may itself be followed.
    while (typeof value === 'function') {
      const next: unknown = value();
      if (next === value) throw new TypeError('a function returns itself');
      value = next;
    }
    if (value === this.shown && typeof value !== 'object') return;
    this.write(value, this.shown);
    this.shown = value;
  }

  protected write(value: unknown, before: unknown): void {
    setAttribute(this.element, this.attribute, value, before);
  }
}

/** Type of events, and whether a listener hears them before the elements inside do. */
interface Listened {
  readonly type: string;
  readonly capture: boolean;
}

/** `on:custom`, or `onClick` with `Capture` behind it; `onGotPointerCapture` is an event. */
const listener = /^on(?::(.+)|((?:Got|Lost)PointerCapture|.+?)(Capture)?)$/;

/** By the names of properties, because rows of a list have the same. */
const listened = new Map<string, Listened>();

function listenedBy(name: string): Listened {
  let known = listened.get(name);
  if (known === undefined) {
    const [, custom, event = '', capture] = listener.exec(name) as (string | undefined)[];
    known = { type: custom ?? event.toLowerCase(), capture: capture !== undefined };
    listened.set(name, known);
  }
  return known;
}

/** A listener. Its handler may be replaced; it runs as one batch, and belongs to the owner in which it was bound. */
class Listener implements Binding, EventListenerObject {
  private readonly listened: Listened;
  private readonly owner: Scope | undefined = activeScope();
  private handler: unknown;

  constructor(
    readonly element: Element,
    name: string,
    handler: unknown,
  ) {
    this.listened = listenedBy(name);
    this.handler = handler;
    element.addEventListener(this.listened.type, this, this.listened.capture);
  }

  handleEvent(event: Event): void {
    const { handler, owner } = this;
    try {
      runIn(owner, () =>
        batch(() => {
          if (typeof handler === 'function') handler.call(event.currentTarget, event);
          else if (handler) (handler as EventListenerObject).handleEvent(event);
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
    this.element.removeEventListener(this.listened.type, this, this.listened.capture);
  }
}

const isHandler = (value: unknown): boolean =>
  typeof value === 'function' || (value as Partial<EventListenerObject> | null | undefined)?.handleEvent !== undefined;

/** A reference to an element: a signal, which is cleared at the end, or a function. */
class Reference implements Binding {
  constructor(
    readonly element: Element,
    private ref: unknown,
  ) {
    this.set(element);
  }

  patch(value: unknown): boolean {
    // A function is new each time a view runs, and means the same.
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

/** Gives an attribute of an element of a page a value. */
export function bind(element: Element, name: string, value: unknown, binding?: Binding, before?: unknown): Binding | undefined {
  if (binding?.patch(value)) return binding;
  binding?.dispose();
  if (name === 'ref') return value === undefined || value === null ? undefined : new Reference(element, value);
  if (name.startsWith('on') && name.length > 2) {
    if (isHandler(value)) return new Listener(element, name, value);
    if (!value) return undefined;
  } else if (typeof value === 'function') return new AttributeHole(element, name, value as () => unknown);
  setAttribute(element, name, value, before);
  return undefined;
}
