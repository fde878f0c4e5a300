import { Disposed } from '../reactive/graph.js';
import { Notice } from '../reactive/notice.js';
import type { Scope } from '../reactive/owner.js';
import { type Handover, handoverKey } from '../reactive/resource.js';
import { renderKey } from '../reactive/suspend.js';
import type { Host } from '../view/host.js';
import type { Instance } from '../view/instance.js';
import type { Marks, ServerRender } from '../view/suspending.js';
import { SuspenseInstance, type SuspenseProps } from '../view/suspense.js';

/** Thrown where the page cannot hydrate the HTML of the server. */
export class Mismatch extends Notice {
  constructor(readonly message: string) {
    super();
  }
}

/** Says that a view waits for what no server has handed over. */
export const unanswered = 'the server embedded no answer of a resource';

/**
 * Makes content. Returns `undefined` to leave what is there.
 *
 * @param giveUp called where the content waits: no more nodes are taken over; `undefined` where none are
 */
export type MakeContent = (giveUp: (() => void) | undefined) => Instance | undefined;

/** A `Suspense` whose content is between two marks: on a server, and in a page rendered by a server. */
export class MarkedSuspense extends SuspenseInstance {
  /** Owners with which awaited answers of the content are lost, during hydration. */
  private owners: Scope[] | undefined = undefined;
  private giveUp: (() => void) | undefined = undefined;

  /**
   * @param between runs the function that creates the content at its place
   * @param aside runs the function that creates the fallback
   */
  constructor(
    props: SuspenseProps,
    host: Host,
    private readonly marks: Marks,
    private readonly between: (make: MakeContent) => Instance | undefined,
    private readonly aside: (make: () => void) => void,
  ) {
    super(props, host);
  }

  /**
   * Creates the content. The HTML of the server stays while code for parts of it loads; it is rendered anew if the content
   * waits for an answer of its own that the server has not embedded.
   */
  protected override fill(): void {
    const giveBack = (this.context?.[handoverKey] as Handover | undefined)?.keep?.();
    this.content = this.between((giveUp) => {
      // Hydrated content is rendered anew, with its answers.
      if (giveUp === undefined) giveBack?.();
      const owners: Scope[] = [];
      this.owners = giveUp && owners;
      this.giveUp = giveUp;
      const content = this.make();
      this.owners = this.giveUp = undefined;
      if (giveUp === undefined || this.waiting === 0) return content;
      this.inside?.dispose();
      this.held = [];
      giveBack?.();
      // Created again, it would fetch again.
      if (owners.some(({ flags }) => flags & Disposed)) throw new Mismatch(unanswered);
      return undefined;
    });
  }

  override wait(until: Promise<void>, owner?: Scope): void {
    if (owner !== undefined) this.owners?.push(owner);
    this.giveUp?.();
    super.wait(until);
  }

  protected override hide(): void {
    // A part that was rendered anew, because a stream was truncated, gets its fallback here.
    if (this.content !== undefined) this.aside(() => super.hide());
  }

  protected override reveal(): void {
    if (this.content === undefined) {
      this.start();
      return;
    }
    const hidden = this.substitute !== undefined;
    super.reveal();
    if (hidden) (this.context?.[renderKey] as ServerRender | undefined)?.revealed(this.marks);
  }

  /** Returns all nodes, with the marks. */
  private nodes(): Node[] {
    const { start, end } = this.marks;
    const nodes: Node[] = [];
    for (let node: Node | null = start; node !== null && node !== end; node = node.nextSibling) nodes.push(node);
    return [...nodes, end];
  }

  override insert(parent: Node, before: Node | null): void {
    const { start, end } = this.marks;
    if (start.parentNode === null) {
      parent.insertBefore(start, before);
      super.insert(parent, before);
      parent.insertBefore(end, before);
    } else if (!this.marks.claimed()) for (const node of this.nodes()) parent.insertBefore(node, before);
  }

  override firstNode(): Node {
    return this.marks.start;
  }

  override lastNode(): Node {
    return this.marks.end;
  }

  override remove(): void {
    for (const node of this.nodes()) (node as ChildNode).remove();
  }
}
