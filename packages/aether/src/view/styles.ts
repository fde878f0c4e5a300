import { following } from './attribute-hole.js';
import { setText } from './attributes.js';

/** A value of the `style` attribute: a string, or properties with their CSS names. */
export type StyleValue = string | null | undefined | Readonly<Record<string, string | number | null | undefined | false>>;

type Style = Record<string, string | number | null | undefined | false>;

export function setStyle(element: Element, name: string, value: unknown, before: unknown): void {
  if (typeof value !== 'object') {
    setText(element, name, value);
    return;
  }
  const { style } = element as HTMLElement;
  const next = (value ?? {}) as Style;
  if (typeof before !== 'object' || before === null) style.cssText = '';
  else for (const each of Object.keys(before)) if (!isSet(next[each])) style.removeProperty(hyphenated(each));
  for (const [each, now] of Object.entries(next)) {
    if (isSet(now) && (before as Style | undefined)?.[each] !== now) style.setProperty(hyphenated(each), String(now));
  }
}

export const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false;
export const hyphenated = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Sets the style of an element. */
export const styles = /* @__PURE__ */ following(setStyle);
