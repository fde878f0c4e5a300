import type { Binding } from './binding.js';
import { Description, type Props } from './description.js';
import type { Host } from './host.js';
import { exchange, type Instance, NodeInstance } from './instance.js';
import { named } from './named.js';
import { checkName } from './names.js';
import { makeElement, within } from './spaces.js';

/** Returns the node that holds the children of an element: those of a `template` are in a document of their own. */
export const contentOf = (element: Element): Node =>
  element.localName === 'template' ? ((element as HTMLTemplateElement).content ?? element) : element;

/** Attributes that decide which options of a select are selected when they are added. */
export const comesFirst = /^(?:multiple|size)$/;

/** Describes an element by its name. */
export class ElementDescription extends Description {
  make(host: Host): Instance {
    return new ElementInstance(this, host);
  }
}

/** An element with its attributes and children. In a page, a `noscript` stays empty, since scripts run. */
export class ElementInstance extends NodeInstance<Element> {
  private readonly tag: string;
  private props: Props;
  private bindings: Map<string, Binding> | undefined = undefined;
  private children: Instance | undefined = undefined;
  private readonly inner: Host;

  constructor(description: Description, host: Host) {
    const tag = description.type as string;
    checkName('element', tag);
    super(host.element?.(tag) ?? makeElement(host, tag), description.key);
    this.tag = tag;
    this.props = description.props;
    this.inner = within(host, tag);
    this.give(description.props);
  }

  patch(value: unknown): boolean {
    if (!(value instanceof Description) || value.type !== this.tag || value.key !== this.key) return false;
    const before = this.props;
    this.props = value.props;
    this.give(value.props, before);
    return true;
  }

  override dispose(): void {
    for (const binding of this.bindings?.values() ?? []) binding.dispose();
    this.children?.dispose();
  }

  /** Gives attributes and children the values that they do not have. */
  private give(next: Props, before?: Props): void {
    const names = before ? Object.keys({ ...before, ...next }).filter((name) => next[name] !== before[name]) : Object.keys(next);
    const isFirst = (name: string) => this.tag === 'select' && comesFirst.test(name);
    for (const name of names) if (isFirst(name)) this.bind(name, next[name], before?.[name]);
    this.takeChildren(next.children);
    // After the children, because the value of a select is one of its options.
    for (const name of names) if (!isFirst(name)) this.bind(name, next[name], before?.[name]);
  }

  private bind(name: string, value: unknown, before: unknown): void {
    if (name === 'children') return;
    const known = this.bindings?.get(name);
    const binding = this.inner.bind(this.node, name, named, value, known, before);
    if (binding === known) return;
    this.bindings ??= new Map();
    if (binding === undefined) this.bindings.delete(name);
    else this.bindings.set(name, binding);
  }

  private takeChildren(value: unknown): void {
    const { children, inner, node } = this;
    if (children === undefined) {
      inner.enter?.(node);
      if (value !== undefined && value !== null && !(this.tag === 'noscript' && inner.live)) {
        this.children = inner.create(value, 0);
        this.children.insert(contentOf(node), null);
      }
      inner.leave?.(node);
    } else if (!children.patch(value)) {
      children.dispose();
      this.children = inner.create(value);
      exchange(children, this.children);
    }
  }
}
