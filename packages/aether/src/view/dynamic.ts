import { describe } from './describe.js';
import { splitProps } from './props.js';
import type { Component, View } from './types.js';

/** Properties of `Dynamic`: the component, and its properties. */
// Mapped: then the compiler infers the properties of a component without annotations from those beside it.
export type DynamicProps<P> = { [Name in keyof P]: P[Name] } & {
  readonly component: string | Component<P> | null | undefined | false;
};

/** Shows a component or element chosen at run time. */
export function Dynamic<P extends object>(props: DynamicProps<P>): View {
  const [, rest] = splitProps(props, ['component']);
  return () => {
    const { component } = props;
    if (!component) return undefined;
    return describe(component, typeof component === 'string' ? { ...rest } : rest);
  };
}
