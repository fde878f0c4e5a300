import { type Binding, bind } from './binding.js';
import type { Host, Space } from './host.js';
import { type Instance, NodeInstance } from './instance.js';

/**
 * A dynamic part of a template.
 *
 * `path` leads to a node by indexes into `childNodes`, from the root element; an empty path is the root element. With a
 * `name` it is an attribute, event or `ref` of that element (`...` for an object of several). Without, it is a child: `only`
 * when it is the only child of the element at `path`, otherwise `path` leads to the comment that it replaces.
 */
export interface Part {
  readonly path: readonly number[];
  readonly name?: string;
  readonly only?: boolean;
}

/** One element with everything in it that never changes. Made by a compiler, once per place in the source. */
export class Template {
  private content: Element | undefined;

  constructor(
    readonly html: string,
    readonly parts: readonly Part[],
    readonly space: Space = 'html',
  ) {}

  /** A new copy of the element. */
  clone(document: Document): Element {
    if (this.content?.ownerDocument !== document) this.content = this.parse(document);
    return document.importNode(this.content as Element, true);
  }

  private parse(document: Document): Element {
    const template = document.createElement('template');
    const inHtml = this.space === 'html';
    const around = this.space === 'svg' ? 'svg' : 'math';
    template.innerHTML = inHtml ? this.html : `<${around}>${this.html}</${around}>`;
    const first = template.content.firstChild as Element;
    return inHtml ? first : (first.firstChild as Element);
  }
}

/** Creates a template. Its HTML has one element at the top, and `<!>` where children go that are not alone. */
export const template = (html: string, parts: readonly Part[], space?: Space): Template => new Template(html, parts, space);

/** A compiled description: a template with the values of its parts, in their order. */
export class Block {
  constructor(
    readonly template: Template,
    readonly values: readonly unknown[],
    readonly key: unknown,
  ) {}
}

/** Creates the description of a template with values. Functions are holes, as they are in JSX. */
export const block = (of: Template, values: readonly unknown[], key?: unknown): Block => new Block(of, values, key);

/** Counterpart of a part: an instance, a binding, bindings by name, or nothing. */
type Live = Instance | Binding | Map<string, Binding> | undefined;

/** The element of a compiled description. */
export class BlockInstance extends NodeInstance<Element> {
  private readonly template: Template;
  private values: readonly unknown[];
  private readonly nodes: Node[] = [];
  private readonly live: Live[] = [];

  constructor(
    { template, values, key }: Block,
    private readonly host: Host,
  ) {
    super(template.clone(host.document), key);
    this.template = template;
    this.values = values;
    for (const { path } of template.parts) {
      let node: Node = this.node;
      for (const index of path) node = node.childNodes[index] as Node;
      this.nodes.push(node);
    }
    // Children first, because the value of a select is one of its options.
    for (const [index, { name }] of template.parts.entries()) if (name === undefined) this.makeChild(index);
    for (const [index, { name }] of template.parts.entries()) if (name !== undefined) this.bind(index, name, undefined);
  }

  patch(value: unknown): boolean {
    if (!(value instanceof Block) || value.template !== this.template || value.key !== this.key) return false;
    const before = this.values;
    this.values = value.values;
    for (const [index, { name }] of this.template.parts.entries()) {
      if (Object.is(before[index], value.values[index])) continue;
      if (name === undefined) this.patchChild(index);
      else this.bind(index, name, before[index]);
    }
    return true;
  }

  override dispose(): void {
    for (const live of this.live) {
      if (live instanceof Map) for (const binding of live.values()) binding.dispose();
      else live?.dispose();
    }
  }

  private makeChild(index: number): void {
    const node = this.nodes[index] as Node;
    const { only } = this.template.parts[index] as Part;
    const parent = (only ? node : node.parentNode) as Element;
    const instance = this.host.within(parent.localName).create(this.values[index]);
    instance.insert(parent, only ? null : node);
    if (!only) (node as ChildNode).remove();
    this.live[index] = instance;
  }

  private patchChild(index: number): void {
    const old = this.live[index] as Instance;
    if (old.patch(this.values[index])) return;
    const first = old.firstNode();
    const parent = first.parentNode as Element;
    old.dispose();
    const next = this.host.within(parent.localName).create(this.values[index]);
    next.insert(parent, first);
    old.remove();
    this.live[index] = next;
  }

  private bind(index: number, name: string, before: unknown): void {
    const element = this.nodes[index] as Element;
    const value = this.values[index];
    if (name !== '...') {
      this.live[index] = bind(element, name, value, this.live[index] as Binding | undefined, before);
      return;
    }
    const bindings = (this.live[index] as Map<string, Binding> | undefined) ?? new Map<string, Binding>();
    this.live[index] = bindings;
    const given = (value ?? {}) as Record<string, unknown>;
    const old = (before ?? {}) as Record<string, unknown>;
    for (const each of new Set([...Object.keys(old), ...Object.keys(given)])) {
      if (each === 'children' || (each in old && each in given && Object.is(old[each], given[each]))) continue;
      const binding = bind(element, each, given[each], bindings.get(each), old[each]);
      if (binding === undefined) bindings.delete(each);
      else bindings.set(each, binding);
    }
  }
}
