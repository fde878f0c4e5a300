import type { Space } from '../view/host.js';
import { checkName } from '../view/names.js';

/** The part of the DOM that views use, for a write-only document. */

/** A node among its siblings. */
export class ServerNode {
  parentNode: ServerParent | null = null;
  previousSibling: ServerNode | null = null;
  nextSibling: ServerNode | null = null;

  remove(): void {
    const { parentNode, previousSibling, nextSibling } = this;
    if (parentNode === null) return;
    if (previousSibling === null) parentNode.firstChild = nextSibling;
    else previousSibling.nextSibling = nextSibling;
    if (nextSibling === null) parentNode.lastChild = previousSibling;
    else nextSibling.previousSibling = previousSibling;
    this.parentNode = this.previousSibling = this.nextSibling = null;
  }
}

/** A node with children: an element, a fragment. */
export class ServerParent extends ServerNode {
  firstChild: ServerNode | null = null;
  lastChild: ServerNode | null = null;

  insertBefore(node: ServerNode, before: ServerNode | null): ServerNode {
    node.remove();
    node.parentNode = this;
    node.nextSibling = before;
    node.previousSibling = before === null ? this.lastChild : before.previousSibling;
    if (node.previousSibling === null) this.firstChild = node;
    else node.previousSibling.nextSibling = node;
    if (before === null) this.lastChild = node;
    else before.previousSibling = node;
    return node;
  }

  /** Removes all children. */
  clear(): void {
    this.firstChild = this.lastChild = null;
  }
}

/** The place of a part that may change, in a view written as text. */
export class ServerPlace extends ServerParent {}

/** An attribute that may change, of an element written as text. */
export class ServerAttribute {
  /** The written value; `undefined` if the attribute is not set. */
  text: string | undefined = undefined;

  constructor(
    readonly name: string,
    readonly localName: string,
  ) {}

  setAttribute(_name: string, value: string): void {
    this.text = value;
  }

  removeAttribute(): void {
    this.text = undefined;
  }
}

/** A view written as text: the parts that may change, and the text between them. */
export class ServerTemplate extends ServerNode {
  pieces: readonly ServerPiece[] = [];
}

/** A part of such a view. */
export type ServerPiece = ServerMarkup | ServerPlace | ServerAttribute;

/** Markup that never changes. */
export interface ServerMarkup {
  readonly html: string;
  /** Whether it begins or ends with text to which other text may be adjacent. */
  readonly beginsWithText: boolean;
  readonly endsWithText: boolean;
}

export class ServerText extends ServerNode {
  constructor(public data: string) {
    super();
  }
}

/** A mark around a part that may be replaced. It is written as a comment. */
export class ServerMark extends ServerNode {
  constructor(
    readonly data: string,
    /** Element of whose namespace the part is. */
    readonly around: 'svg' | 'math' | undefined,
  ) {
    super();
  }
}

/** Elements that never have children. */
export const emptyTags = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));

export class ServerElement extends ServerParent {
  readonly attributes = new Map<string, string>();
  /** Trusted HTML that stands instead of the children. */
  innerHTML: string | undefined = undefined;

  /** Removes such HTML. No code sets a text. */
  set textContent(_: '') {
    this.innerHTML = undefined;
  }

  /** @throws TypeError for a name that would end the tag */
  constructor(
    readonly localName: string,
    /** Namespace of the element. */
    readonly space: Space,
  ) {
    super();
    checkName('element', localName);
  }

  /** @throws TypeError for a name that would end the attribute */
  setAttribute(name: string, value: string): void {
    checkName('attribute', name);
    this.attributes.set(name, value);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  addEventListener(): void {}

  removeEventListener(): void {}
}
