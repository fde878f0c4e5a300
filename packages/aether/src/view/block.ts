import type { Binder, Binding } from './binding.js';
import type { Host, Space } from './host.js';
import { exchange, type Instance, NodeInstance } from './instance.js';
import { Native } from './native.js';
import { allowed } from './policy.js';

/**
 * A dynamic part of a template.
 *
 * `path` leads to a node by indexes into `childNodes`, from the root element; an empty path is the root element. With a
 * `name` it is an attribute, event or `ref` of that element. Without, it is a child: `only` when it is the only child of the
 * element at `path`, otherwise `path` leads to the comment that it replaces.
 */
export interface Part {
  readonly path: readonly number[];
  readonly name?: string;
  readonly only?: boolean;
  /** Sets the attribute. */
  readonly by?: Binder;
}

/** Returns the host for the content of an element. */
type Inside = (host: Host, parent: Element) => Host;

/** An element with all its static content. A compiler creates it once per place in the source. */
export class Template {
  /**
   * Indexes of the parts in the order in which they get their values: what is in an element before its attributes, because the value of a
   * select is one of its options.
   */
  readonly order: readonly number[];
  private readonly contents: Partial<Record<Space, Element>> = {};
  /** Its text for the namespace where it was written last, on a server. */
  written: { readonly space: Space } | undefined = undefined;

  constructor(
    readonly html: string,
    readonly parts: readonly Part[],
    /** There if children may be of another namespace than the element. */
    readonly inside: Inside | undefined,
  ) {
    // As texts, in which what ends comes behind what goes on. The last letter is the index.
    this.order = parts
      .map(({ name, path }, index) => String.fromCharCode(...path, ...(name === undefined ? [] : [0xffff]), index))
      .sort()
      .map((place) => place.charCodeAt(place.length - 1));
  }

  /** Makes a copy of the element, for a place with elements of a namespace. */
  copy({ document, space }: Host): Element {
    this.contents[space] ??= read(this.html, document, around[space]);
    return document.importNode(this.contents[space], true);
  }
}

/** Parent elements for the parsing of a namespace. */
const around: Partial<Record<Space, string>> = { svg: '<svg>', mathml: '<math>' };

function read(html: string, document: Document, around = ''): Element {
  const template = document.createElement('template');
  template.innerHTML = allowed(around + html);
  const outer = template.content.firstChild as Element;
  if (around === '') return outer;
  // Parsers end SVG and MathML at an element that is only of HTML.
  return outer.nextSibling === null ? (outer.firstChild as Element) : moved(read(html, document), outer.namespaceURI);
}

/** Makes an element with all in it anew, in another namespace. */
function moved({ localName, ownerDocument, attributes, childNodes }: Element, namespace: string | null): Element {
  const made = ownerDocument.createElementNS(namespace, localName);
  for (const { name, value } of attributes) made.setAttribute(name, value);
  for (const child of [...childNodes]) made.append('localName' in child ? moved(child as Element, namespace) : child);
  return made;
}

/** Returns the node at a path. `childNodes` would create a list for each step. */
function follow(root: Node, path: readonly number[]): Node {
  let node = root;
  for (let step = 0; step < path.length; step++) {
    node = node.firstChild as Node;
    for (let left = path[step] as number; left > 0; left--) node = node.nextSibling as Node;
  }
  return node;
}

/** Creates a template whose parts name the functions that set them. */
export const boundTemplate = (html: string, parts: readonly Part[], inside?: Inside): Template =>
  new Template(html, parts, inside);

/** A compiled description: a template with the values of its parts, in order. */
export class Block extends Native {
  constructor(
    readonly template: Template,
    readonly values: readonly unknown[],
    key: unknown,
  ) {
    super(key);
  }

  make(host: Host): Instance {
    return new BlockInstance(this, host);
  }
}

/** Creates a description from a template and values. Functions are tracked, as in JSX. */
export const block = (of: Template, values: readonly unknown[], key?: unknown): Block => new Block(of, values, key);

/** Keeper of a part: the instance of a child, the binding of an attribute, or the element whose attribute needs none. */
type Keeper = Instance | Binding | Element;

/** Whether a keeper is an element. Custom elements may have any method, and server elements have no `nodeType`. */
const isElement = (keeper: Keeper): keeper is Element => 'localName' in keeper;

/** Nodes and instances that a block becomes at a place. */
export interface Filled {
  readonly element: Element;
  /** Of the parts that are attributes, their elements, which later give place to who keeps the attribute. */
  readonly keepers: Keeper[];
}

/** Copies the element of a block and inserts its children. */
function fillCopy({ template: of, values }: Block, host: Host): Filled {
  const element = of.copy(host);
  const { parts } = of;
  // At its final length: growing arrays take three times the memory.
  const keepers = new Array<Keeper>(parts.length);
  for (let index = 0; index < parts.length; index++) keepers[index] = follow(element, (parts[index] as Part).path) as Element;
  // After all nodes are found, because children replace comments.
  for (let index = 0; index < parts.length; index++) {
    const { name, only } = parts[index] as Part;
    if (name !== undefined) continue;
    const node = keepers[index] as Element;
    const parent = only ? node : (node.parentNode as Element);
    const instance = hostIn(of, host, parent).create(values[index]);
    instance.insert(parent, only ? null : node);
    if (!only) node.remove();
    keepers[index] = instance;
  }
  return { element, keepers };
}

const hostIn = ({ inside }: Template, host: Host, parent: Element): Host => (inside === undefined ? host : inside(host, parent));

/** The element of a compiled description. */
export class BlockInstance extends NodeInstance<Element> {
  private readonly template: Template;
  private readonly keepers: Keeper[];
  private values: readonly unknown[];

  constructor(
    block: Block,
    private readonly host: Host,
  ) {
    const { element, keepers } = host.fill?.(block) ?? fillCopy(block, host);
    super(element, block.key);
    this.template = block.template;
    this.values = block.values;
    this.keepers = keepers;
    for (const index of this.template.order) {
      if (this.template.parts[index]?.name !== undefined) this.bind(index, keepers[index] as Element);
    }
  }

  patch(value: unknown): boolean {
    const { template: of, values: before } = this;
    if (!(value instanceof Block) || value.template !== of || value.key !== this.key) return false;
    this.values = value.values;
    for (const index of of.order) {
      if (Object.is(before[index], this.values[index])) continue;
      const keeper = this.keepers[index] as Binding | Element;
      if (of.parts[index]?.name === undefined) this.show(index);
      else if (isElement(keeper)) this.bind(index, keeper, undefined, before[index]);
      else this.bind(index, keeper.element, keeper);
    }
    return true;
  }

  override dispose(): void {
    for (const keeper of this.keepers) if (!isElement(keeper)) keeper.dispose();
  }

  /** Shows the value of a child part. */
  private show(index: number): void {
    const old = this.keepers[index] as Instance;
    if (old.patch(this.values[index])) return;
    // Somebody may have emptied the element.
    const host = hostIn(this.template, this.host, (old.firstNode().parentNode ?? this.node) as Element);
    old.dispose();
    const next = host.create(this.values[index]);
    exchange(old, next);
    this.keepers[index] = next;
  }

  /** Sets the attribute of a part. */
  private bind(index: number, element: Element, binding?: Binding, before?: unknown): void {
    const { name, by } = this.template.parts[index] as Required<Part>;
    this.keepers[index] = this.host.bind(element, name, by, this.values[index], binding, before) ?? element;
  }
}
