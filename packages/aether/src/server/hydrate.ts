import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { dropHanded, readHanded } from '../reactive/handed.js';
import { provide, runIn, Scope } from '../reactive/owner.js';
import { type Handover, handoverKey } from '../reactive/resource.js';
import type { Block, Filled } from '../view/block.js';
import { PageHost } from '../view/create.js';
import { contentOf } from '../view/element.js';
import { holdsText } from '../view/host.js';
import { type Cursor, hydration } from '../view/hydration.js';
import type { Instance } from '../view/instance.js';
import { makeElement } from '../view/spaces.js';
import type { Marks } from '../view/suspending.js';
import type { SuspenseProps } from '../view/suspense.js';
import type { View } from '../view/types.js';
import { checkPrefix, provideIds } from '../view/use-id.js';
import { fillInOrder } from './fill.js';
import { type MakeContent, MarkedSuspense, Mismatch } from './marked-suspense.js';
import { take } from './taken.js';

/** Walks through the nodes that the server wrote. */
class Claims implements Cursor {
  private afterText = false;
  /** The first difference. Views below may have taken it for an error of theirs. */
  mismatch: Mismatch | undefined = undefined;
  /** Marks of parts that were taken over, or shown anew. */
  readonly marked: Node[] = [];
  /** Elements in which nothing was taken over. Their content goes in the end, unless they are given it as markup. */
  private readonly untaken = new Set<Node>();

  constructor(
    private parent: Node,
    private node: Node | null,
  ) {}

  private readonly outer: { readonly parent: Node; readonly node: Node | null }[] = [];

  element(tag: string): Element {
    // Extensions of browsers put elements of their own in between: those are left alone.
    let node = this.node;
    while (node !== null && !(node instanceof Element && node.localName === tag)) node = node.nextSibling;
    if (node === null) this.fail(`<${tag}> was expected in ${path(this.parent)}, found ${describe(this.node)}`);
    this.node = node.nextSibling;
    this.afterText = false;
    return node;
  }

  text(data: string): Text {
    if (this.afterText && this.node instanceof Comment && this.node.data === '') this.node = this.node.nextSibling;
    this.afterText = true;
    const { node } = this;
    const isJoined = holdsText.test((this.parent as Element).localName);
    if (data === '' || (isJoined && node === null)) return this.parent.insertBefore(document.createTextNode(data), node);
    if (isJoined && node instanceof Text && node.data.startsWith(data)) node.splitText(data.length);
    if (!(node instanceof Text)) this.fail(`text "${data}" was expected in ${path(this.parent)}, found ${describe(node)}`);
    if (node.data !== data) {
      console.error(`hydrate: text "${data}" was expected in ${path(this.parent)}, found ${describe(node)}`);
      node.data = data;
    }
    this.node = node.nextSibling;
    return node;
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
    // Of a textarea it is the value, which is set as a property.
    const isUntaken = this.node !== null && this.node === this.parent.firstChild && this.parent.nodeName !== 'TEXTAREA';
    if (isUntaken) this.untaken.add(this.parent);
    else this.finish(null);
    const { parent, node } = this.outer.pop() as { readonly parent: Node; readonly node: Node | null };
    this.parent = parent;
    this.node = node;
    this.afterText = false;
  }

  keep(element: Element): void {
    this.untaken.delete(contentOf(element));
  }

  /** Takes out what the page does not show, when all is taken over that it does. */
  complete(end: Node | null): void {
    this.finish(end);
    for (const element of this.untaken) (element as Element).replaceChildren();
  }

  /** Takes out what the page does not show at the place where it is. */
  private finish(end: Node | null): void {
    while (this.node !== end && this.node !== null) {
      const { nextSibling } = this.node as ChildNode;
      (this.node as ChildNode).remove();
      this.node = nextSibling;
    }
  }

  marks(): Marks | undefined {
    const start = this.node;
    if (!(start instanceof Comment) || !start.data.startsWith('[')) return undefined;
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

/**
 * Makes marks mean nothing to what may come of a stream: the page shows their parts itself from here. Not before what is around them
 * is taken over for good: it may be given up, and taken over again.
 */
function close(marks: readonly Node[], around: Claims | undefined): void {
  if (around !== undefined) around.marked.push(...marks);
  else for (const mark of marks) (mark as Comment).data = '';
}

/** The host of a page that a server has written. Once all is taken over it is like any other. */
class HydrationHost extends PageHost {
  override readonly bind = dev ? dev.comparing(take, () => hydration.cursor !== undefined) : take;

  element(tag: string): Element {
    return hydration.cursor?.element(tag) ?? makeElement(this, tag);
  }

  override text(data: string): Text {
    return hydration.cursor?.text(data) ?? super.text(data);
  }

  fill(block: Block): Filled | undefined {
    return hydration.cursor && fillInOrder(block, this);
  }

  enter(element: Element): void {
    hydration.cursor?.enter(element);
  }

  leave(element: Element): void {
    hydration.cursor?.leave(element);
  }

  suspense(props: SuspenseProps): Instance | undefined {
    const marks = (hydration.cursor as Claims | undefined)?.marks();
    return marks && new MarkedSuspense(props, this, marks, (make) => this.between(marks, make)).start();
  }

  private between({ start, end }: Marks, make: MakeContent): Instance | undefined {
    const parent = start.parentNode as Node;
    const outer = hydration.cursor as Claims | undefined;
    const claims = new Claims(parent, start.nextSibling);
    hydration.cursor = claims;
    try {
      const made = make(true);
      if (claims.mismatch) throw claims.mismatch;
      if (made !== undefined) {
        claims.complete(end);
        close([...claims.marked, start, end], outer);
      }
      return made;
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      console.error(`hydrate: ${error.message}; this part is shown anew`);
      hydration.cursor = undefined;
      while (start.nextSibling !== end) start.nextSibling?.remove();
      const made = make(false);
      made?.insert(parent, end);
      close([start, end], outer);
      return made;
    } finally {
      hydration.cursor = outer;
    }
  }
}

/** The answers that the server hands over. Each is taken once: later requests ask the server. */
class HandedOver implements Handover {
  private readonly answers: Map<string, unknown>;

  constructor(document: Document, prefix: string) {
    const handed = readHanded(document, prefix);
    if (handed === 'unreadable') console.error('hydrate: what the server hands over was cut; the page asks for it again');
    this.answers = new Map(Object.entries(handed === 'unreadable' ? {} : handed));
    dropHanded(document, prefix);
  }

  take(key: string): { readonly value: unknown } | undefined {
    if (!this.answers.has(key)) return undefined;
    const value = this.answers.get(key);
    this.answers.delete(key);
    return { value };
  }

  keep(): () => void {
    const before = [...this.answers];
    return () => {
      for (const [key, value] of before) this.answers.set(key, value);
    };
  }

  offer(): void {}
}

/** Options of `hydrate`. */
export interface HydrateOptions {
  /** The one that the server was given, for a document with several applications. Default: none. */
  readonly prefix?: string | undefined;
}

/**
 * Shows a view in an element whose content a server has rendered from the same view: takes its nodes over instead of making
 * them, and follows from then on. Resources with a `key` take over the answers of the server. Parts that wait for a `lazy`
 * component stay as the server wrote them, and are taken over when it is there.
 *
 * If page and server differ, the `Suspense` around it, else the whole view, is shown anew, and the console names the
 * difference. A text or an attribute that differs is set to what the page shows; in development the console names attributes, too.
 * Texts typed, options chosen, elements opened or closed before stay so: handlers hear of them by `input`, `change` and `toggle`.
 *
 * @returns a function that ends the view and takes its nodes out
 */
export function hydrate(view: View | (() => View), container: Element, options: HydrateOptions = {}): () => void {
  const prefix = checkPrefix(options.prefix);
  const handed = new HandedOver(container.ownerDocument, prefix);
  const ended = dev ? dev.shown(container, hydrate, 'hydrate') : undefined;
  const show = (claims: Claims | undefined) => {
    const root = new Scope(undefined);
    provideIds(root, `${prefix}s`);
    provide(root, handoverKey, handed);
    const outer = hydration.cursor;
    hydration.cursor = claims;
    try {
      return runIn(root, () => {
        return batch(() => {
          try {
            const instance = new HydrationHost(container.ownerDocument).create(view);
            instance.insert(container, null);
            if (claims?.mismatch) throw claims.mismatch;
            claims?.complete(null);
            close(claims?.marked ?? [], undefined);
            return () => {
              if (ended) ended();
              root.dispose();
              instance.dispose();
              instance.remove();
            };
          } catch (error) {
            // Before the batch ends, which calls what waits for a view that is thrown away.
            root.dispose();
            throw error;
          } finally {
            hydration.cursor = outer;
          }
        });
      });
    } catch (error) {
      root.dispose();
      throw error;
    } finally {
      hydration.cursor = outer;
    }
  };
  const giveBack = handed.keep();
  try {
    return show(new Claims(container, container.firstChild));
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    console.error(`hydrate: ${error.message}; the view is shown anew`);
    container.replaceChildren();
    giveBack();
    return show(undefined);
  }
}
