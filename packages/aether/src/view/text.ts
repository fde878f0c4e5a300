import type { Host } from './host.js';
import { NodeInstance } from './instance.js';

/** Returns the text that a value is shown as; `undefined` when it is shown as something else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null || typeof value === 'boolean') return '';
  const written = value instanceof Date || value instanceof RegExp || value instanceof Error;
  return written || (typeof value !== 'object' && typeof value !== 'function') ? String(value) : undefined;
}

/** A text. Nothing at all is an empty one. */
export class TextInstance extends NodeInstance<Text> {
  constructor(
    private text: string,
    host: Host,
  ) {
    super(host.text(text), undefined);
  }

  patch(value: unknown): boolean {
    const text = textOf(value);
    if (text === undefined) return false;
    if (text !== this.text) {
      this.text = text;
      this.node.data = text;
    }
    return true;
  }
}

/** A node that somebody else has made. */
export class ForeignInstance extends NodeInstance<ChildNode> {
  constructor(node: ChildNode) {
    super(node, undefined);
  }

  patch(value: unknown): boolean {
    return value === this.node;
  }
}
