import { dev } from '#dev';
import { bind } from './binding.js';
import { ComponentInstance, componentName } from './component.js';
import { Description } from './description.js';
import { ElementInstance } from './element.js';
import { Hole } from './hole.js';
import { type Host, namespaces, type Space, spaceOf, spaceWithin } from './host.js';
import type { Instance } from './instance.js';
import { ListInstance, valuesOf } from './list.js';
import { Native } from './native.js';
import { ForeignInstance, TextInstance, textOf } from './text.js';

/** The host of a page: makes nodes of its document. */
export class PageHost implements Host {
  readonly live: boolean = true;
  readonly bind = bind;

  constructor(
    readonly document: Document,
    readonly space: Space = 'html',
  ) {}

  create(value: unknown): Instance {
    return createInstance(value, this);
  }

  element(tag: string): Element {
    const namespace = namespaces[spaceOf(tag, this.space)];
    return namespace === undefined ? this.document.createElement(tag) : this.document.createElementNS(namespace, tag);
  }

  text(data: string): Text {
    return this.document.createTextNode(data);
  }

  within(tag: string, around: Space = this.space): Host {
    const space = spaceWithin(tag, around);
    return space === this.space ? this : this.sibling(space);
  }

  protected sibling(space: Space): Host {
    return new PageHost(this.document, space);
  }
}

/**
 * Makes the instance of a value in a view.
 *
 * @throws TypeError for what cannot be shown
 */
export function createInstance(value: unknown, host: Host): Instance {
  const text = textOf(value);
  if (text !== undefined) return new TextInstance(text, host);
  if (typeof value === 'function') return new Hole(value as () => unknown, host).start();
  if (value instanceof Description) {
    if (typeof value.type === 'string') return new ElementInstance(value, host);
    if (typeof value.type === 'function') return new ComponentInstance(value, host);
  }
  if (value instanceof Native) return value.make(host);
  const values = valuesOf(value);
  if (values !== undefined) return new ListInstance(values, host);
  if (host.live && value instanceof Node) return new ForeignInstance(value as ChildNode);
  throw new TypeError(
    `${componentName()}: cannot show ${dev ? dev.kindOf(value, value instanceof Description ? value : undefined) : 'an object'}`,
  );
}
