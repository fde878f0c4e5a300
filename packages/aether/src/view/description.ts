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
    /** Class of the properties of a use, if compiled. */
    readonly source?: PropertiesClass,
  ) {}
}

/** The properties of a use of a component. */
export interface Properties {
  /** Argument of the setup. */
  readonly proxy: Props;
  /** Takes the properties of a new description. */
  replace(description: Description): void;
}

/** Makes the properties of a use of a component. */
export type PropertiesClass = new (description: Description, component: Scope) => Properties;

/** Text that is inserted as HTML. Whoever makes one answers for its content. */
export class TrustedHtml {
  constructor(readonly html: string) {}
}

/**
 * Marks a text as HTML that may be inserted as it is, for `innerHTML` and `srcdoc`. Never give it text that comes from
 * users without a sanitizer in between.
 */
export const trusted = (html: string): TrustedHtml => new TrustedHtml(html);
