import type { Binder, Binding } from './binding.js';
import type { Block, Filled } from './block.js';
import type { Instance } from './instance.js';
import type { SuspenseProps } from './suspense.js';

/**
 * Namespaces of elements. `unsure` is HTML, on a server, in elements whose content is a text to some parsers, such as `noscript`:
 * there they do not see elements as such.
 */
export type Space = 'html' | 'svg' | 'mathml' | 'unsure';

/** Properties of a list. */
export interface ListProps {
  readonly each: unknown;
  readonly by?: ((item: never) => unknown) | undefined;
  readonly fallback?: unknown;
  readonly children: (item: never, index: never) => unknown;
}

/** Makes instances and their nodes, at a place where elements are of one namespace. */
export interface Host {
  readonly document: Document;
  /** Whether this is a page that is used, rather than one that is written by a server. */
  readonly live: boolean;
  /** Namespace of the elements that are made here. */
  readonly space: Space;
  /**
   * Makes the instance of whatever stands in a view.
   *
   * @param position in a list, an element or a template, if it is one of several
   */
  create(value: unknown, position?: number): Instance;
  /** Starts a row at its position. Without it, `start` does. */
  at?<R extends { start(): R }>(position: number, row: R): R;
  /** Makes or takes over an element. Without it, the document makes it. */
  element?(tag: string): Element;
  /**
   * Gives an attribute of an element a value. Functions are followed.
   *
   * @param by does it in a page
   * @param binding the one that this attribute has
   * @param before its value before, if it has no binding
   * @returns the binding that it has now
   */
  bind(
    element: Element,
    name: string,
    by: Binder,
    value: unknown,
    binding: Binding | undefined,
    before: unknown,
  ): Binding | undefined;
  text(data: string): Text;
  /** Makes or takes over the element of a compiled description, with its children. Without it the template is copied. */
  fill?(block: Block): Filled | undefined;
  /** Makes the instance of `For`, or of `Index`, whose items are signals. Without it, rows are nodes that move. */
  list?(props: ListProps, indexed: boolean): Instance | undefined;
  /** The host of a place with elements of a namespace. */
  inSpace(space: Space): Host;
  /** The host for the children of an element; `around` is the namespace where it stands. Without it, their namespace decides. */
  within?(tag: string, around: Space): Host;
  /** Called before and after the children of an element are made. */
  enter?(element: Element): void;
  leave?(element: Element): void;
  /** Makes or takes over a `Suspense` between marks. Without it, there are none. */
  suspense?(props: SuspenseProps): Instance | undefined;
}

/** Elements whose content is a text, in which comments are none: texts side by side are one when a parser has read them. */
export const holdsText = /^(?:title|textarea|style|script|xmp|iframe|noembed|noframes)$/;
