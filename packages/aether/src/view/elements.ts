/**
 * Attributes of elements, with their HTML names, after the HTML standard and WAI-ARIA. `A` is a value of an attribute, or a
 * function that returns it. A table of elements and their attributes.
 */
import type { WritableSignal } from '../reactive/signal.js';
import type { ClassValue } from './classes.js';
import type { TrustedHtml } from './description.js';
import type { ElementEvents } from './element-events.js';
import type { StyleValue } from './styles.js';
import type { View } from './types.js';

type A<T> = T | null | undefined | (() => T | null | undefined);
type Text = A<string | number>;
type Size = A<string | number>;
type Flag = A<boolean>;
type State = A<boolean | 'true' | 'false'>;
type Url = A<string | URL>;

/** Reference to an element: a function that is called with it, or a signal that holds it while it is mounted. */
export type Ref<T> = ((element: T) => void) | WritableSignal<T | undefined> | WritableSignal<T | null | undefined>;

interface Aria {
  role?: Text;
  [name: `aria-${string}`]: A<string | number | boolean>;
  [name: `data-${string}`]: A<string | number | boolean>;
  [name: `prop:${string}`]: unknown;
}

/** Attributes of every element. */
export interface CommonAttributes<T> extends Aria {
  key?: string | number | bigint | symbol | undefined;
  ref?: Ref<T> | undefined;
  children?: View;
  class?: A<ClassValue>;
  style?: A<StyleValue>;
  id?: Text;
  slot?: Text;
  part?: Text;
  tabindex?: Size;
  lang?: Text;
  nonce?: Text;
  autofocus?: Flag;
  innerHTML?: A<TrustedHtml>;
}

/** Attributes of every HTML element. */
export interface HtmlAttributes<T> extends CommonAttributes<T> {
  accesskey?: Text;
  autocapitalize?: A<'off' | 'none' | 'on' | 'sentences' | 'words' | 'characters'>;
  contenteditable?: A<boolean | 'true' | 'false' | 'plaintext-only'>;
  dir?: A<'ltr' | 'rtl' | 'auto'>;
  draggable?: State;
  enterkeyhint?: A<'enter' | 'done' | 'go' | 'next' | 'previous' | 'search' | 'send'>;
  exportparts?: Text;
  hidden?: A<boolean | 'hidden' | 'until-found' | ''>;
  inert?: Flag;
  inputmode?: A<'none' | 'text' | 'tel' | 'url' | 'email' | 'numeric' | 'decimal' | 'search'>;
  is?: Text;
  itemid?: Text;
  itemprop?: Text;
  itemref?: Text;
  itemscope?: Flag;
  itemtype?: Text;
  popover?: A<boolean | 'auto' | 'manual' | 'hint' | ''>;
  spellcheck?: State;
  title?: Text;
  translate?: A<'yes' | 'no' | ''>;
}

type CrossOrigin = A<'anonymous' | 'use-credentials' | ''>;
type Loading = A<'eager' | 'lazy'>;
type Priority = A<'high' | 'low' | 'auto'>;
type Referrer = A<ReferrerPolicy>;

interface Submitting {
  formaction?: Url;
  formenctype?: Text;
  formmethod?: A<'get' | 'post' | 'dialog'>;
  formnovalidate?: Flag;
  formtarget?: Text;
}

interface Field {
  disabled?: Flag;
  form?: Text;
  name?: Text;
}

interface Link {
  download?: A<string | boolean>;
  href?: Url;
  hreflang?: Text;
  ping?: Text;
  referrerpolicy?: Referrer;
  rel?: Text;
  target?: Text;
}

interface Dimensions {
  height?: Size;
  width?: Size;
}

interface Media {
  autoplay?: Flag;
  controls?: Flag;
  crossorigin?: CrossOrigin;
  loop?: Flag;
  muted?: Flag;
  preload?: A<'none' | 'metadata' | 'auto' | ''>;
  src?: Url;
}

interface Cell {
  abbr?: Text;
  colspan?: Size;
  headers?: Text;
  rowspan?: Size;
}

interface Edit {
  cite?: Url;
  datetime?: Text;
}

/** Attributes that only some elements have. */
interface Own {
  a: Link & { type?: Text };
  area: Link & { alt?: Text; coords?: Text; shape?: A<'rect' | 'circle' | 'poly' | 'default'> };
  audio: Media;
  base: { href?: Url; target?: Text };
  blockquote: { cite?: Url };
  button: Field &
    Submitting & {
      command?: Text;
      commandfor?: Text;
      popovertarget?: Text;
      popovertargetaction?: A<'toggle' | 'show' | 'hide'>;
      type?: A<'submit' | 'reset' | 'button'>;
      value?: Size;
    };
  canvas: Dimensions;
  col: { span?: Size };
  colgroup: { span?: Size };
  data: { value?: Size };
  del: Edit;
  details: { name?: Text; open?: Flag };
  dialog: { closedby?: A<'any' | 'closerequest' | 'none'>; open?: Flag };
  embed: Dimensions & { src?: Url; type?: Text };
  fieldset: Field;
  form: {
    'accept-charset'?: Text;
    action?: Url;
    autocomplete?: A<'on' | 'off'>;
    enctype?: Text;
    method?: A<'get' | 'post' | 'dialog'>;
    name?: Text;
    novalidate?: Flag;
    rel?: Text;
    target?: Text;
  };
  html: { xmlns?: Text };
  iframe: Dimensions & {
    allow?: Text;
    allowfullscreen?: Flag;
    loading?: Loading;
    name?: Text;
    referrerpolicy?: Referrer;
    sandbox?: Text;
    src?: Url;
    srcdoc?: A<TrustedHtml>;
  };
  img: Dimensions & {
    alt?: Text;
    crossorigin?: CrossOrigin;
    decoding?: A<'sync' | 'async' | 'auto'>;
    fetchpriority?: Priority;
    ismap?: Flag;
    loading?: Loading;
    referrerpolicy?: Referrer;
    sizes?: Text;
    src?: Url;
    srcset?: Text;
    usemap?: Text;
  };
  input: Dimensions &
    Field &
    Submitting & {
      accept?: Text;
      alt?: Text;
      autocomplete?: Text;
      capture?: A<boolean | 'user' | 'environment'>;
      checked?: Flag;
      dirname?: Text;
      indeterminate?: Flag;
      list?: Text;
      max?: Size;
      maxlength?: Size;
      min?: Size;
      minlength?: Size;
      multiple?: Flag;
      pattern?: Text;
      placeholder?: Text;
      popovertarget?: Text;
      popovertargetaction?: A<'toggle' | 'show' | 'hide'>;
      readonly?: Flag;
      required?: Flag;
      size?: Size;
      src?: Url;
      step?: Size;
      type?: A<
        | 'button'
        | 'checkbox'
        | 'color'
        | 'date'
        | 'datetime-local'
        | 'email'
        | 'file'
        | 'hidden'
        | 'image'
        | 'month'
        | 'number'
        | 'password'
        | 'radio'
        | 'range'
        | 'reset'
        | 'search'
        | 'submit'
        | 'tel'
        | 'text'
        | 'time'
        | 'url'
        | 'week'
      >;
      value?: Size;
    };
  ins: Edit;
  label: { for?: Text };
  li: { value?: Size };
  link: {
    as?: Text;
    blocking?: Text;
    color?: Text;
    crossorigin?: CrossOrigin;
    disabled?: Flag;
    fetchpriority?: Priority;
    href?: Url;
    hreflang?: Text;
    imagesizes?: Text;
    imagesrcset?: Text;
    integrity?: Text;
    media?: Text;
    referrerpolicy?: Referrer;
    rel?: Text;
    sizes?: Text;
    type?: Text;
  };
  map: { name?: Text };
  meta: { charset?: Text; content?: Text; 'http-equiv'?: Text; media?: Text; name?: Text; property?: Text };
  meter: { high?: Size; low?: Size; max?: Size; min?: Size; optimum?: Size; value?: Size };
  object: Dimensions & { data?: Url; form?: Text; name?: Text; type?: Text };
  ol: { reversed?: Flag; start?: Size; type?: A<'1' | 'a' | 'A' | 'i' | 'I'> };
  optgroup: { disabled?: Flag; label?: Text };
  option: { disabled?: Flag; label?: Text; selected?: Flag; value?: Size };
  output: { for?: Text; form?: Text; name?: Text };
  progress: { max?: Size; value?: Size };
  q: { cite?: Url };
  script: {
    async?: Flag;
    blocking?: Text;
    crossorigin?: CrossOrigin;
    defer?: Flag;
    fetchpriority?: Priority;
    integrity?: Text;
    nomodule?: Flag;
    referrerpolicy?: Referrer;
    src?: Url;
    type?: Text;
  };
  select: Field & { autocomplete?: Text; multiple?: Flag; required?: Flag; size?: Size; value?: Size };
  slot: { name?: Text };
  source: Dimensions & { media?: Text; sizes?: Text; src?: Url; srcset?: Text; type?: Text };
  style: { blocking?: Text; media?: Text };
  td: Cell;
  template: {
    shadowrootclonable?: Flag;
    shadowrootdelegatesfocus?: Flag;
    shadowrootmode?: A<'open' | 'closed'>;
    shadowrootserializable?: Flag;
  };
  textarea: Field & {
    autocomplete?: Text;
    cols?: Size;
    dirname?: Text;
    maxlength?: Size;
    minlength?: Size;
    placeholder?: Text;
    readonly?: Flag;
    required?: Flag;
    rows?: Size;
    value?: Size;
    wrap?: A<'soft' | 'hard'>;
  };
  th: Cell & { scope?: A<'row' | 'col' | 'rowgroup' | 'colgroup'> };
  time: { datetime?: Text };
  track: {
    default?: Flag;
    kind?: A<'subtitles' | 'captions' | 'descriptions' | 'chapters' | 'metadata'>;
    label?: Text;
    src?: Url;
    srclang?: Text;
  };
  video: Dimensions & Media & { disablepictureinpicture?: Flag; playsinline?: Flag; poster?: Url };
}

type OwnAttributes<K> = K extends keyof Own ? Own[K] : unknown;

/** Attributes of an HTML element by its name. */
export type HtmlElementAttributes<K extends keyof HTMLElementTagNameMap> = HtmlAttributes<HTMLElementTagNameMap[K]> &
  ElementEvents<HTMLElementTagNameMap[K]> &
  OwnAttributes<K>;

/** Names that SVG shares with HTML: JSX distinguishes elements only by name. */
type SharedNames = 'a' | 'script' | 'style' | 'title';

/** Attributes of SVG and MathML elements: any name, since the browser accepts all. */
export type ForeignAttributes<T> = CommonAttributes<T> & ElementEvents<T> & { [name: string]: unknown };

/** Attributes of a custom element. */
export type CustomElementAttributes = HtmlAttributes<HTMLElement> & ElementEvents<HTMLElement> & { [name: string]: unknown };

/** Elements by name. Extend it for custom elements with attributes of their own. */
export type Elements = { [K in keyof HTMLElementTagNameMap]: HtmlElementAttributes<K> } & {
  [K in Exclude<keyof SVGElementTagNameMap, SharedNames>]: ForeignAttributes<SVGElementTagNameMap[K]>;
} & { [K in keyof MathMLElementTagNameMap]: ForeignAttributes<MathMLElementTagNameMap[K]> } & {
  [K in `${string}-${string}`]: CustomElementAttributes;
};
