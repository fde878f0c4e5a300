import type { Binding } from './binding.js';
import { Description, type Props } from './description.js';
import type { Host } from './host.js';
import { exchange, type Instance, NodeInstance } from './instance.js';

/** Returns the node that holds the children of an element: those of a `template` are in a document of their own. */
export const contentOf = (element: Element): Node =>
  element.localName === 'template' ? ((element as HTMLTemplateElement).content ?? element) : element;

/** Attributes that decide which options of a select are chosen as they come. */
export const comesFirst = /^(?:multiple|size)$/;

/** An element with its attributes and children. A page runs scripts: a `noscript` has none in it. */
export class ElementInstance extends NodeInstance<Element> {
  private readonly tag: string;
  private props: Props;
  private bindings: Map<string, Binding> | undefined = undefined;
  private children: Instance | undefined = undefined;
  private readonly inner: Host;

  constructor(description: Description, host: Host) {
    const tag = description.type as string;
    super(host.element(tag), description.key);
    this.tag = tag;
    this.props = description.props;
    this.inner = host.within(tag);
    const names = Object.keys(description.props);
    const first = tag === 'select' ? names.filter((name) => comesFirst.test(name)) : [];
    for (const name of first) this.bind(name, description.props[name], undefined);
    host.enter?.(this.node);
    this.takeChildren(description.props.children);
    host.leave?.(this.node);
    // After the children, because the value of a select is one of its options.
    for (const name of names) if (!first.includes(name)) this.bind(name, description.props[name], undefined);
  }

  patch(value: unknown): boolean {
    if (!(value instanceof Description) || value.type !== this.tag || value.key !== this.key) return false;
    const before = this.props;
    const next = value.props;
    this.props = next;
    const changed = Object.keys({ ...before, ...next }).filter((name) => next[name] !== before[name]);
    for (const name of changed) if (comesFirst.test(name)) this.bind(name, next[name], before[name]);
    this.takeChildren(next.children);
    for (const name of changed) if (!comesFirst.test(name)) this.bind(name, next[name], before[name]);
    return true;
  }

  override dispose(): void {
    for (const binding of this.bindings?.values() ?? []) binding.dispose();
    this.children?.dispose();
  }

  private bind(name: string, value: unknown, before: unknown): void {
    if (name === 'children') return;
    const known = this.bindings?.get(name);
    const binding = this.inner.bind(this.node, name, value, known, before);
    if (binding === known) return;
    this.bindings ??= new Map();
    if (binding === undefined) this.bindings.delete(name);
    else this.bindings.set(name, binding);
  }

  private takeChildren(value: unknown): void {
    const { children } = this;
    if (children === undefined) {
      if (value === undefined || value === null || (this.tag === 'noscript' && this.inner.live)) return;
      this.children = this.inner.create(value);
      this.children.insert(contentOf(this.node), null);
    } else if (!children.patch(value)) {
      children.dispose();
      this.children = this.inner.create(value);
      exchange(children, this.children);
    }
  }
}
