/** Functions that compilers call for JSX, not for direct use. */
import type { Description } from './view/description.js';
import type { Elements } from './view/elements.js';
import type { View } from './view/types.js';

/** Shows its children. */
export const Fragment =
  (props: { readonly children?: View }): View =>
  () =>
    props.children;

export { address } from './view/addresses.js';
export { text } from './view/attributes.js';
export { block, boundTemplate } from './view/block.js';
export { classes } from './view/classes.js';
export { component, useLater } from './view/compiled-component.js';
export { use } from './view/component.js';
export { describe as jsx, describe as jsxs } from './view/describe.js';
export { fieldValue, limit } from './view/fields.js';
export { listen } from './view/listener.js';
export { markup } from './view/markup.js';
export { named } from './view/named.js';
export { refer } from './view/reference.js';
export { inside } from './view/spaces.js';
export { state } from './view/states.js';
export { styles } from './view/styles.js';

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
