import { describe } from '../view/describe.js';
import type { Component, View } from '../view/types.js';

/** Describes an element or component: JSX by hand, for the few views of this package. */
export function h(type: string, props: Readonly<Record<string, unknown>>, ...children: readonly View[]): View;
export function h<P>(type: Component<P>, props: Omit<P, 'children'>, ...children: readonly unknown[]): View;
export function h(type: unknown, props: object, ...children: readonly unknown[]): View {
  const content = children.length === 1 ? children[0] : children;
  return describe(type, children.length === 0 ? props : { ...props, children: content });
}
