import type { Binding } from './binding.js';
import { type Host, namespaces, type Space } from './host.js';
import { type Instance, NodeInstance } from './instance.js';
import { Native } from './native.js';

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
}

/** One element with everything in it that never changes. Made by a compiler, once per place in the source. */
export class Template {
  /** Indexes of the parts that are attributes. Inner elements come first, because the value of a select is one of its options. */
  readonly attributes: readonly number[];
  private readonly contents: Partial<Record<Space, Content>> = {};
  /** Its text for the namespace where it was written last, on a server. */
  written: { readonly space: Space } | undefined = undefined;

  constructor(
    readonly html: string,
    readonly parts: readonly Part[],
  ) {
    const named = parts.flatMap(({ name }, index) => (name === undefined ? [] : [index]));
    this.attributes = named.sort((a, b) => innerFirst((parts[a] as Part).path, (parts[b] as Part).path));
  }

  /** The parsed template, for a place with elements of a namespace. */
  content(document: Document, space: Space): Content {
    const known = this.contents[space];
    if (known?.document === document) return known;
    const element = this.parse(document, space);
    const places = this.parts.map(({ path, name, only }) => {
      if (name !== undefined) return undefined;
      const node = follow(element, path);
      return placeIn(only ? (node as Element) : (node.parentNode as Element));
    });
    const content = { document, element, places };
    this.contents[space] = content;
    return content;
  }

  private parse(document: Document, space: Space): Element {
    const template = document.createElement('template');
    const around = space === 'mathml' ? 'math' : space;
    template.innerHTML = space === 'html' ? this.html : `<${around}>${this.html}</${around}>`;
    const first = template.content.firstChild as Element;
    return space === 'html' ? first : (first.firstChild as Element);
  }
}

/** A parsed template. */
interface Content {
  /** The document that copies belong to. */
  readonly document: Document;
  readonly element: Element;
  /** Of each part that is a child, the element around it. */
  readonly places: readonly (Place | undefined)[];
}

/** An element that children are made for. */
interface Place {
  readonly tag: string;
  /** Namespace of the element. */
  readonly space: Space;
}

function placeIn({ localName, namespaceURI }: Element): Place {
  const space = namespaceURI === namespaces.svg ? 'svg' : namespaceURI === namespaces.mathml ? 'mathml' : 'html';
  return { tag: localName, space };
}

/** The node that a path leads to. Lists of children would be made for each step. */
function follow(root: Node, path: readonly number[]): Node {
  let node = root;
  for (let step = 0; step < path.length; step++) {
    node = node.firstChild as Node;
    for (let left = path[step] as number; left > 0; left--) node = node.nextSibling as Node;
  }
  return node;
}

function innerFirst(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    if (a[index] !== b[index]) return (a[index] as number) - (b[index] as number);
  }
  return b.length - a.length;
}

/** Creates a template. Its HTML has one element at the top, and `<!>` where children go that are not alone. */
export const template = (html: string, parts: readonly Part[]): Template => new Template(html, parts);

/** A compiled description: a template with the values of its parts, in their order. */
export class Block extends Native {
  constructor(
    readonly template: Template,
    readonly values: readonly unknown[],
    key: unknown,
  ) {
    super(undefined, key);
  }

  override make(host: Host): Instance {
    return new BlockInstance(this, host);
  }
}

/** Creates the description of a template with values. Functions are holes, as they are in JSX. */
export const block = (of: Template, values: readonly unknown[], key?: unknown): Block => new Block(of, values, key);

/** Keeper of a part: the instance of a child, the binding of an attribute, or the element whose attribute needs none. */
type Keeper = Instance | Binding | Element;

/** Whether a keeper is an element. Custom elements may have any method, and those of a server have no `nodeType`. */
const isElement = (keeper: Keeper): keeper is Element => 'localName' in keeper;

/** Nodes and instances that a block becomes at a place. */
export interface Filled {
  readonly element: Element;
  /** The elements of the parts that are attributes, by index. */
  readonly nodes: Element[];
  /** Keepers of the parts that are children. Later those of attributes are among them. */
  readonly keepers: (Keeper | undefined)[];
}

/** Copies the element of a block and puts its children in. */
function fillCopy({ template: of, values }: Block, host: Host): Filled {
  const { document, element: original, places } = of.content(host.document, host.space);
  const element = document.importNode(original, true);
  const { parts } = of;
  // As long as they will be: arrays that grow take three times the memory.
  const nodes = new Array<Element>(parts.length);
  const keepers = new Array<Instance | undefined>(parts.length);
  for (let index = 0; index < parts.length; index++) nodes[index] = follow(element, (parts[index] as Part).path) as Element;
  // After all nodes are found, because children take the places of comments.
  for (let index = 0; index < parts.length; index++) {
    const place = places[index];
    if (place === undefined) continue;
    const node = nodes[index] as Element;
    const instance = host.within(place.tag, place.space).create(values[index]);
    if ((parts[index] as Part).only) instance.insert(node, null);
    else {
      instance.insert(node.parentNode as Node, node);
      node.remove();
    }
    keepers[index] = instance;
  }
  return { element, nodes, keepers };
}

/** The element of a compiled description. */
export class BlockInstance extends NodeInstance<Element> {
  private readonly template: Template;
  private readonly keepers: (Keeper | undefined)[];
  private values: readonly unknown[];

  constructor(
    block: Block,
    private readonly host: Host,
  ) {
    const { element, nodes, keepers } = host.fill?.(block) ?? fillCopy(block, host);
    super(element, block.key);
    this.template = block.template;
    this.values = block.values;
    this.keepers = keepers;
    for (const index of block.template.attributes) this.bind(index, nodes[index] as Element, undefined, undefined);
  }

  patch(value: unknown): boolean {
    if (!(value instanceof Block) || value.template !== this.template || value.key !== this.key) return false;
    const before = this.values;
    const { values, template: of } = value;
    this.values = values;
    for (let index = 0; index < values.length; index++) {
      if (of.parts[index]?.name === undefined && !Object.is(before[index], values[index])) this.patchChild(index);
    }
    for (const index of of.attributes) if (!Object.is(before[index], values[index])) this.rebind(index, before[index]);
    return true;
  }

  override dispose(): void {
    for (const keeper of this.keepers) if (keeper !== undefined && !isElement(keeper)) keeper.dispose();
  }

  private patchChild(index: number): void {
    const old = this.keepers[index] as Instance;
    if (old.patch(this.values[index])) return;
    const first = old.firstNode();
    const parent = first.parentNode as Element;
    old.dispose();
    const { tag, space } = placeIn(parent);
    const next = this.host.within(tag, space).create(this.values[index]);
    next.insert(parent, first);
    old.remove();
    this.keepers[index] = next;
  }

  private rebind(index: number, before: unknown): void {
    const keeper = this.keepers[index] as Binding | Element;
    if (isElement(keeper)) this.bind(index, keeper, undefined, before);
    else this.bind(index, keeper.element, keeper, before);
  }

  private bind(index: number, element: Element, binding: Binding | undefined, before: unknown): void {
    const { name } = this.template.parts[index] as { readonly name: string };
    this.keepers[index] = this.host.bind(element, name, this.values[index], binding, before) ?? element;
  }
}
