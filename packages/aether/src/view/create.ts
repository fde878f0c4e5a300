import { bind } from './binding.js';
import { unshowable } from './component.js';
import { Hole } from './hole.js';
import type { Host, Space } from './host.js';
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

  text(data: string): Text {
    return this.document.createTextNode(data);
  }

  inSpace(space: Space): Host {
    return space === this.space ? this : new (this.constructor as typeof PageHost)(this.document, space);
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
  if (value instanceof Native) return value.make(host);
  const values = valuesOf(value);
  if (values !== undefined) return new ListInstance(values, host);
  if (host.live && value instanceof Node) return new ForeignInstance(value as ChildNode);
  throw unshowable(value);
}
