/** Functions that compilers call for JSX. Nothing here is for use by hand. */
import { Description } from './view/description.js';
import type { Elements } from './view/elements.js';
import type { View } from './view/types.js';

/** Shows its children. */
export const Fragment =
  (props: { readonly children?: View }): View =>
  () =>
    props.children;

/** Describes an element or a use of a component. */
export function jsx(type: unknown, props: object, key?: unknown): Description {
  return new Description(type, props as Record<string, unknown>, key);
}

export { jsx as jsxs };

export declare namespace JSX {
  type Element = Description;
  type ElementType = keyof IntrinsicElements | ((props: never) => View);
  interface ElementChildrenAttribute {
    children: unknown;
  }
  interface IntrinsicAttributes {
    key?: string | number | bigint | symbol | undefined;
  }
  interface IntrinsicElements extends Elements {}
}
