import { contentOf } from '../view/element.js';
import { holdsText } from '../view/host.js';
import { type Cursor, hydration } from '../view/hydration.js';
import type { Marks } from '../view/suspending.js';
import { Mismatch } from './marked-suspense.js';

/** Walks through the nodes that the server wrote. */
export class Claims implements Cursor {
  private afterText = false;
  /** The first mismatch. Views below may have handled it as an error of their own. */
  mismatch: Mismatch | undefined = undefined;
  /** Marks of parts that were hydrated, or rendered anew. */
  readonly marked: Node[] = [];
  givenUp = false;
  /** Texts that are not in the server's HTML. */
  private readonly made: Text[] = [];
  /** Elements in which nothing was hydrated. Their content is removed at the end, unless it is set as markup. */
  private readonly untaken = new Set<Node>();
  /** Elements whose texts were split. */
  private readonly parted: Node[] = [];

  constructor(
    private parent: Node,
    private node: Node | null,
    private readonly root = parent,
    readonly isLate = false,
  ) {}

  private readonly outer: { readonly parent: Node; readonly node: Node | null }[] = [];

  element(tag: string): Element | undefined {
    if (this.givenUp) return undefined;
    // Browser extensions insert elements of their own, which stay.
    let node = this.node;
    while (node !== null && !(node instanceof Element && node.localName === tag)) node = node.nextSibling;
    if (node === null) this.fail(`<${tag}> was expected in ${path(this.parent)}, found ${describe(this.node)}`);
    this.node = node.nextSibling;
    this.afterText = false;
    return node;
  }

  text(data: string): Text | undefined {
    if (this.givenUp) return undefined;
    if (this.afterText && this.node instanceof Comment && this.node.data === '') this.node = this.node.nextSibling;
    this.afterText = true;
    const { node } = this;
    const isJoined = holdsText.test((this.parent as Element).localName);
    if (data === '' || (isJoined && node === null)) {
      const made = this.parent.insertBefore(document.createTextNode(data), node);
      this.made.push(made);
      return made;
    }
    if (isJoined && node instanceof Text && node.data.startsWith(data)) {
      node.splitText(data.length);
      this.parted.push(this.parent);
    }
    if (!(node instanceof Text)) this.fail(`text "${data}" was expected in ${path(this.parent)}, found ${describe(node)}`);
    if (node.data !== data) {
      if (!this.isLate) console.error(`hydrate: text "${data}" was expected in ${path(this.parent)}, found ${describe(node)}`);
      node.data = data;
    }
    this.node = node.nextSibling;
    return node;
  }

  holds(parent: Node): boolean {
    return this.givenUp && this.root.contains(parent);
  }

  /** Adds the claims of an inner part. */
  add({ marked, made, parted }: Claims): void {
    for (const mark of marked) this.marked.push(mark);
    for (const text of made) this.made.push(text);
    for (const node of parted) this.parted.push(node);
  }

  /** Restores the HTML of the server. */
  restore(): void {
    for (const text of this.made) text.remove();
    for (const node of this.parted) node.normalize();
  }

  /** Disables marks for later parts of a stream: the page renders their parts itself from here on. */
  close(): void {
    for (const mark of this.marked) (mark as Comment).data = '';
    // The view refers to this for its lifetime.
    this.marked.length = this.made.length = this.parted.length = 0;
    this.untaken.clear();
  }

  private fail(message: string): never {
    const mismatch = new Mismatch(message);
    this.mismatch ??= mismatch;
    throw mismatch;
  }

  enter(element: Element): void {
    this.outer.push({ parent: this.parent, node: this.node });
    this.parent = contentOf(element);
    this.node = this.parent.firstChild;
    this.afterText = false;
  }

  leave(): void {
    if (!this.givenUp) {
      // For a textarea it is the value, which is set as a property.
      const isUntaken = this.node !== null && this.node === this.parent.firstChild && this.parent.nodeName !== 'TEXTAREA';
      if (isUntaken) this.untaken.add(this.parent);
      else this.finish(null);
    }
    const { parent, node } = this.outer.pop() as { readonly parent: Node; readonly node: Node | null };
    this.parent = parent;
    this.node = node;
    this.afterText = false;
  }

  keep(element: Element): void {
    this.untaken.delete(contentOf(element));
  }

  /** Removes nodes that the page does not show, after it has taken over all others. */
  complete(end: Node | null): void {
    this.finish(end);
    for (const element of this.untaken) (element as Element).replaceChildren();
  }

  /** Removes nodes at the current position that the page does not show. */
  private finish(end: Node | null): void {
    while (this.node !== end && this.node !== null) {
      const { nextSibling } = this.node as ChildNode;
      (this.node as ChildNode).remove();
      this.node = nextSibling;
    }
  }

  marks(): Marks | undefined {
    const start = this.node;
    if (this.givenUp || !(start instanceof Comment) || !start.data.startsWith('[')) return undefined;
    const last = `]${start.data.slice(1)}`;
    let end: Node | null = start;
    while (end !== null && !(end instanceof Comment && end.data === last)) end = end.nextSibling;
    if (end === null) return undefined;
    this.node = end.nextSibling;
    this.afterText = false;
    return { start, end: end as ChildNode, claimed: () => hydration.cursor !== undefined };
  }
}

function path(node: Node): string {
  return node instanceof Element ? `<${node.localName}${node.id === '' ? '' : ` id="${node.id}"`}>` : 'the page';
}

function describe(node: Node | null): string {
  if (node === null) return 'nothing';
  if (node instanceof Text) return `text "${node.data}"`;
  return node instanceof Element ? `<${node.localName}>` : 'a comment';
}
