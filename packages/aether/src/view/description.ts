import type { ComputedNode } from '../reactive/computed.js';
import { Native } from './native.js';
import type { PropsSource } from './props.js';

/** Properties of an element or component, as JSX passes them. */
export type Props = Readonly<Record<string, unknown>>;

/** Result of a JSX expression: describes a view. It is an instance of a class, so that no JSON can pass for one. */
export abstract class Description extends Native {
  constructor(
    /** Name of an element, or a component. */
    readonly type: unknown,
    readonly props: Props,
    key?: unknown,
    /** Computes getter properties, if the use is compiled and may have some. */
    readonly getters?: (of: PropsSource) => Getters,
  ) {
    super(key);
  }
}

/** Getter properties of a use of a component. */
export interface Getters {
  /** Returns the value of a property as a computed; `undefined` if it is not a getter. */
  find(key: PropertyKey): ComputedNode<unknown> | undefined;
  /** Notifies of new properties. */
  notify(): void;
}

/** The properties of a use of a component. */
export interface Properties {
  /** Argument of the setup. */
  readonly proxy: Props;
  /** Takes the properties of a new description. */
  replace(description: Description): void;
}

/** A string that is inserted as HTML. Its creator is responsible for the content. */
export class TrustedHtml {
  /** @param html may be an object that stands for the text, which browsers take in its place */
  constructor(readonly html: string) {}
}

/**
 * Marks a string as HTML that may be inserted as it is, for `innerHTML` and `srcdoc`. Never pass text from users without a
 * sanitizer in between.
 *
 * @param html a string, or the result of a Trusted Types policy: a page that requires Trusted Types refuses strings
 */
export const trusted = (html: string | { toJSON(): string }): TrustedHtml => new TrustedHtml(html as string);
