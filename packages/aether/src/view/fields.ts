/** Values of fields that depend on more than the assigned value: on the type and the limits of an input, on the options of a select. */
import { following } from './attribute-hole.js';
import { setText } from './attributes.js';

/** A field whose value is derived from the assigned one. */
type Field = HTMLInputElement | HTMLSelectElement;

/** Names of their elements. */
export const isField = /^(?:input|select)$/;

/** Assigned value of a field, and its resulting value: a different one is a choice of the user. */
const fields = new WeakMap<Element, readonly [given: string, shown: string]>();

/** Attributes that values of fields depend on. */
export const isLimit = /^(?:type|min|max|step|multiple|size)$/;

/** Gives a field a value, which it gets again when its attributes or its options change. */
export function setFieldValue(element: Element, _: string, value: unknown, before: unknown): void {
  // A select that never had a value shows its default option.
  if (element.localName === 'input' || (value ?? before ?? undefined) !== undefined)
    setValue(element as Field, String(value ?? ''));
}

/** Sets an attribute that the value may depend on. */
export function setLimit(element: Element, name: string, value: unknown): void {
  const given = untouchedValue(element);
  setText(element, name, value);
  if (given !== undefined) setValue(element as Field, given);
}

/** Sets the value of a field. */
export const fieldValue = /* @__PURE__ */ following(setFieldValue);

/** Sets an attribute of a field on which its value may depend. */
export const limit = /* @__PURE__ */ following(setLimit);

function setValue(field: Field, given: string): void {
  // Writing the current text would move the cursor of an input. Only the user can choose files.
  const differs = field.value !== given || (field as HTMLSelectElement).selectedIndex < 0;
  if (differs && (given === '' || field.type !== 'file')) field.value = given;
  if (!fields.has(field) && 'options' in field) followOptions(field);
  fields.set(field, [given, field.value]);
}

/** Returns the assigned value of a field, unless the user has changed it since. */
function untouchedValue(element: Element): string | undefined {
  const [given, shown] = fields.get(element) ?? [];
  return shown === (element as Field).value ? given : undefined;
}

/** Returns the value of a field after it was given one last. */
export const valueGiven = (element: Element): string | undefined => fields.get(element)?.[1];

/** Ends what a person has chosen in the fields of a form that is reset: the values that they were given count again. */
function forget({ currentTarget: form }: Event): void {
  for (const field of (form as HTMLFormElement).elements) {
    const entry = fields.get(field);
    if (entry !== undefined) fields.set(field, [...entry]);
  }
}

/** Restores the choice of the value, or a later one of the user, whenever options or their values change. */
function followOptions(select: HTMLSelectElement): void {
  const list = () => [...select.options].flatMap((option) => [option, option.value]);
  let before = list();
  let chosen: readonly (readonly [option: HTMLOptionElement, value: string])[] = [];
  /** Entry of the select at the user's choice. */
  let instead: unknown;
  const note = () => {
    chosen = [...select.selectedOptions].map((option) => [option, option.value]);
    instead = fields.get(select);
    select.form?.addEventListener('reset', forget);
  };
  // Before handlers, which may change the options: the observer is notified before later listeners.
  for (const type of ['input', 'change']) select.addEventListener(type, note, true);
  new MutationObserver(() => {
    const now = list();
    const entry = fields.get(select) as readonly [string, string];
    if (now.length !== before.length || now.some((each, index) => each !== before[index])) {
      const options = [...select.options];
      const kept = chosen.map(([option, value]) =>
        options.includes(option) ? option : options.find((each) => each.value === value),
      );
      if (instead !== entry || !kept.some(Boolean)) setValue(select, entry[0]);
      else for (const option of options) option.selected = kept.includes(option);
    }
    before = now;
  }).observe(select, { childList: true, subtree: true, characterData: true, attributeFilter: ['value'] });
}
