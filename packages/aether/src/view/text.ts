import type { Host } from './host.js';
import { NodeInstance } from './instance.js';

/** Returns the text that a value is shown as; `undefined` when it is shown as something else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null || typeof value === 'boolean') return '';
  const written = value instanceof Date || value instanceof RegExp || value instanceof Error;
  return written || (typeof value !== 'object' && typeof value !== 'function') ? String(value) : undefined;
}

/** Positions are counted up to this limit. For a text farther behind, only its parent is known. */
const farthest = 16;

/**
 * A text. Nothing at all is an empty one. When something else has taken its place, as in a page that a browser has translated, it comes
 * back as soon as the view changes there, unless the parent is empty.
 */
export class TextInstance extends NodeInstance<Text> {
  /** Its parent at insertion. */
  private parent: Node | undefined = undefined;
  /** Number of nodes before it. */
  private at = 0;

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
      this.firstNode().data = text;
    }
    return true;
  }

  override insert(parent: Node, before: Node | null): void {
    this.firstNode();
    super.insert(parent, before);
    this.parent = parent;
    let at = 0;
    for (let node = this.node.previousSibling; node !== null && at < farthest; node = node.previousSibling) at++;
    this.at = at;
  }

  /** @param isShown whether it stays, or gives place to something */
  override firstNode(isShown = true): Text {
    const { node, parent } = this;
    if (node.parentNode === null && parent?.firstChild) this.comeBack(parent, isShown);
    return node;
  }

  override remove(): void {
    this.firstNode(false).remove();
  }

  private comeBack(parent: Node, isShown: boolean): void {
    let there = this.at < farthest ? parent.firstChild : null;
    for (let left = this.at; left > 0 && there !== null; left--) there = there.nextSibling;
    const isOnly = there !== null && there === parent.lastChild && there.nodeType === 3;
    parent.insertBefore(this.node, there);
    // A translation, or the text that somebody has set of an element, which stays when nothing comes in its place.
    if ((isOnly && isShown) || (there as Element | null)?.localName === 'font') (there as ChildNode).remove();
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
