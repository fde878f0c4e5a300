/** Changes by the user in elements that are replaced: texts and choices, focus, selection, scroll positions. */
import { dev } from '#dev';
import { valueGiven } from './fields.js';
import type { Instance } from './instance.js';

/** Elements that the user has changed, by their places. */
export type Handled = ReadonlyMap<string, HandledElement>;

interface HandledElement {
  /** Identifies the kind of element. */
  readonly kind: string;
  /** A property that the user changes, and its value without the change. */
  readonly name: string | undefined;
  readonly value: unknown;
  readonly untouched: unknown;
  readonly scroll: readonly [left: number, top: number];
  /** Set if the element has the focus. */
  readonly focus: Selection | undefined;
}

type Selection = Pick<HTMLInputElement, 'selectionStart' | 'selectionEnd' | 'selectionDirection'>;
type Values = Record<string, unknown>;

/** Returns what a person has done to the elements of an instance. @param seen those that are left out; all others join them */
export function handledIn(instance: Instance | undefined, seen: Set<Element>): Handled {
  const handled = new Map<string, HandledElement>();
  const focused = (instance?.firstNode().getRootNode() as Partial<Document> | undefined)?.activeElement;
  for (const [place, element] of elementsOf(instance)) {
    if (seen.has(element)) continue;
    seen.add(element);
    const name = propertyOf(element);
    const value = name === undefined ? undefined : stateOf(element, name);
    const untouched = name === undefined ? undefined : untouchedValue(element, name);
    const { scrollLeft, scrollTop } = element;
    const hasFocus = element === focused;
    if (!hasFocus && value === untouched && scrollLeft === 0 && scrollTop === 0) continue;
    const { selectionStart, selectionEnd, selectionDirection } = element as HTMLInputElement;
    const focus = hasFocus ? { selectionStart, selectionEnd, selectionDirection } : undefined;
    handled.set(place, { kind: kindOf(element), name, value, untouched, scroll: [scrollLeft, scrollTop], focus });
  }
  return handled;
}

/** Restores the changes on the current elements of an instance. Values that the program has changed stay. */
export function giveBack(instance: Instance | undefined, handled: Handled): void {
  if (handled.size === 0) return;
  for (const [place, element] of elementsOf(instance)) {
    const before = handled.get(place);
    if (before === undefined || before.kind !== kindOf(element)) continue;
    const { name, value, untouched, scroll, focus } = before;
    if (name !== undefined && value !== untouched && untouchedValue(element, name) === untouched) {
      (element as unknown as Values)[name] = value;
    }
    [element.scrollLeft, element.scrollTop] = scroll;
    if (focus === undefined) continue;
    (element as HTMLElement).focus({ preventScroll: true });
    const { selectionStart, selectionEnd, selectionDirection } = focus;
    if (typeof selectionStart === 'number')
      (element as HTMLInputElement).setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined);
  }
}

/** Returns the elements of an instance with their places: the names of elements on the path, and the number of the same name before each. */
function* elementsOf(instance: Instance | undefined): Iterable<readonly [place: string, element: Element]> {
  if (instance === undefined) return;
  const end = instance.lastNode();
  const top: Element[] = [];
  for (let at: Node | null = instance.firstNode(); at !== null; at = at === end ? null : at.nextSibling)
    if (at instanceof Element) top.push(at);
  yield* walk(top, '');
}

function* walk(elements: Iterable<Element>, around: string): Iterable<readonly [place: string, element: Element]> {
  const counts = new Map<string, number>();
  for (const element of elements) {
    const { localName } = element;
    const before = counts.get(localName) ?? 0;
    counts.set(localName, before + 1);
    const place = `${around}/${localName}:${before}`;
    yield [place, element];
    yield* walk(element.children, place);
  }
}

/** Returns the property of an element that the user changes. */
function propertyOf(element: Element): string | undefined {
  if (element instanceof HTMLTextAreaElement) return 'value';
  if (element instanceof HTMLSelectElement) return element.multiple ? undefined : 'value';
  if (element instanceof HTMLOptionElement) return element.closest('select')?.multiple ? 'selected' : undefined;
  if (!(element instanceof HTMLInputElement) || element.type === 'file') return undefined;
  return /^(?:checkbox|radio)$/.test(element.type) ? 'checked' : 'value';
}

const stateOf = (element: Element, name: string): unknown => (element as unknown as Values)[name];

/** Returns the value of a property without the user: the last one by the program, or that of the attributes. */
function untouchedValue(element: Element, name: string): unknown {
  const inField = name === 'value' ? valueGiven(element) : undefined;
  const given: unknown = inField ?? (dev ? dev.propertyGiven(element, name) : undefined);
  if (given !== undefined) return name === 'value' ? String(given).replace(/\r\n?/g, '\n') : Boolean(given);
  if (element instanceof HTMLSelectElement) {
    const options = [...element.options];
    return (options.findLast(({ defaultSelected }) => defaultSelected) ?? options.find(({ disabled }) => !disabled))?.value ?? '';
  }
  if (name === 'selected') return (element as HTMLOptionElement).defaultSelected;
  if (name === 'checked') return (element as HTMLInputElement).defaultChecked;
  if (element instanceof HTMLTextAreaElement) return element.defaultValue;
  // Browsers correct values that are invalid for the type.
  const untouched = element.ownerDocument.createElement('input');
  for (const { name: attribute, value } of element.attributes)
    if (/^(?:type|min|max|step|multiple|value)$/.test(attribute)) untouched.setAttribute(attribute, value);
  return untouched.value;
}

const kindOf = (element: Element): string => `${element.getAttribute('type')} ${element.getAttribute('name')}`;
