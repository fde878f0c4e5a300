import type { Scope } from '../reactive/owner.js';

/** Properties of an element or component, as JSX gives them. */
export type Props = Readonly<Record<string, unknown>>;

/** Result of a JSX expression: names the view that is wanted. An instance of a class, so that no JSON can pass for one. */
export class Description {
  constructor(
    /** Name of an element, or a component. */
    readonly type: unknown,
    readonly props: Props,
    /** Matches views when a list is shown again. */
    readonly key: unknown,
    /** Makes the cell of a property that is a getter, if compiled. */
    readonly compute?: ComputeProperty,
  ) {}
}

/** A value that is followed. */
export interface Cell {
  read(): unknown;
}

/** Makes the cell of a property that is computed where a component reads it. */
export type ComputeProperty = (read: () => unknown, component: Scope) => Cell;

/** Text that is inserted as HTML. Whoever makes one answers for its content. */
export class TrustedHtml {
  constructor(readonly html: string) {}
}

/**
 * Marks a text as HTML that may be inserted as it is, for `innerHTML` and `srcdoc`. Never give it text that comes from
 * users without a sanitizer in between.
 */
export const trusted = (html: string): TrustedHtml => new TrustedHtml(html);
