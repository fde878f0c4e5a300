/** Attributes that only set the initial state: their properties are set instead. */
import { dev } from '#dev';
import { following } from './attribute-hole.js';
import { setText } from './attributes.js';

export const isState = /^(?:value|checked|selected|muted|indeterminate)$/;

export function setProperty(element: Element, name: string, value: unknown): void {
  const target = element as unknown as Record<string, unknown>;
  // Writing the current text would move the cursor of an input.
  if (target[name] !== (dev ? dev.propertySet(element, name, value) : value)) target[name] = value;
}

export function setState(element: Element, name: string, value: unknown): void {
  if (!(name in element)) setText(element, name, value);
  else setProperty(element, name, value ?? (name === 'value' ? '' : false));
}

/** Sets a state of an element. */
export const state = /* @__PURE__ */ following(setState);
