import { batch } from '../reactive/batch.js';
import { Disposed } from '../reactive/graph.js';
import { activeScope, runIn, Scope } from '../reactive/owner.js';
import { renderKey, suspenseKey } from '../reactive/suspend.js';
import type { Host, Marks } from './host.js';
import { unclaimed } from './hydration.js';
import { exchange, type Instance } from './instance.js';
import { awaitMounts, type Mount } from './mounts.js';
import { Native } from './native.js';
import type { Boundary, ServerRender } from './suspending.js';
import type { View } from './types.js';

/** Properties of `Suspense`. */
export interface SuspenseProps {
  /** Shown while something below waits. */
  readonly fallback?: View;
  readonly children?: View;
}

/** Keeps its content out of the document while parts of it wait, and shows the fallback in its place. */
class SuspenseInstance extends Scope implements Instance, Boundary {
  readonly key: unknown = undefined;
  private content: Instance | undefined = undefined;
  /** Owns the content. */
  private inside: Scope | undefined = undefined;
  /** Shown instead of the content, with its owner. */
  private substitute: { readonly instance: Instance; readonly owner: Scope } | undefined = undefined;
  private settling = true;
  private waiting = 0;
  private held: Mount[] = [];
  private readonly around: Scope | undefined;
  /** Nodes around the content, on a server and in a page that a server has written. */
  private readonly marks: Marks | undefined;

  constructor(
    private readonly props: SuspenseProps,
    private readonly host: Host,
  ) {
    super(activeScope());
    this.around = activeScope();
    this.marks = host.marks?.();
    this.provide(suspenseKey, this);
    this.fill();
    this.settling = false;
    // A part that was shown anew, because a stream was cut, has its fallback from here.
    if (this.content !== undefined && this.waiting > 0) unclaimed(() => this.hide());
    else if (this.content !== undefined) this.tellMounted();
  }

  wait(until: Promise<void>): void {
    this.waiting++;
    if (!this.settling && this.substitute === undefined && this.content !== undefined) batch(() => this.hide());
    void until.then(() => {
      if (--this.waiting > 0 || this.flags & Disposed) return;
      batch(() => (this.content === undefined ? this.resume() : this.reveal()));
    });
  }

  hold(mount: Mount): boolean {
    if (!this.settling && this.substitute === undefined) return false;
    this.held.push(mount);
    return true;
  }

  /** Makes the content. What a server has written stays as it is while parts of it cannot be taken over yet. */
  private fill(): void {
    const { marks, host } = this;
    const make = (claiming: boolean) => {
      this.inside?.dispose();
      const inside = new Scope(this, false);
      this.inside = inside;
      const content = runIn(inside, () => host.create(() => this.props.children));
      if (!claiming || this.waiting === 0) return content;
      inside.dispose();
      this.held = [];
      return undefined;
    };
    this.content = marks !== undefined && host.between !== undefined ? host.between(marks, make) : make(false);
  }

  private resume(): void {
    this.settling = true;
    this.fill();
    this.settling = false;
    if (this.content !== undefined) this.tellMounted();
  }

  private hide(): void {
    const content = this.content as Instance;
    const owner = new Scope(this.around);
    const instance = runIn(owner, () => this.host.create(this.props.fallback));
    this.substitute = { instance, owner };
    const first = content.firstNode();
    if (first.parentNode !== null) instance.insert(first.parentNode, first);
    content.insert(this.host.document.createDocumentFragment(), null);
  }

  private reveal(): void {
    const { substitute } = this;
    if (substitute === undefined) return;
    this.substitute = undefined;
    substitute.owner.dispose();
    substitute.instance.dispose();
    exchange(substitute.instance, this.content as Instance);
    this.tellMounted();
    if (this.marks) (this.context?.[renderKey] as ServerRender | undefined)?.revealed(this.marks);
  }

  private tellMounted(): void {
    awaitMounts(this.held.splice(0));
  }

  override release(): void {
    this.inside?.dispose();
  }

  patch(): boolean {
    return false;
  }

  again(): void {
    runIn(this.inside, () => this.content?.patch(() => this.props.children));
  }

  private get shown(): Instance {
    return this.substitute?.instance ?? (this.content as Instance);
  }

  /** All nodes, with the marks. */
  private nodes(): Node[] {
    const { start, end } = this.marks as Marks;
    const nodes: Node[] = [];
    for (let node: Node | null = start; node !== null && node !== end; node = node.nextSibling) nodes.push(node);
    return [...nodes, end];
  }

  insert(parent: Node, before: Node | null): void {
    if (this.marks === undefined) this.shown.insert(parent, before);
    else if (this.marks.start.parentNode === null) {
      parent.insertBefore(this.marks.start, before);
      this.shown.insert(parent, before);
      parent.insertBefore(this.marks.end, before);
    } else if (!this.marks.claimed()) for (const node of this.nodes()) parent.insertBefore(node, before);
  }

  firstNode(): Node {
    return this.marks?.start ?? this.shown.firstNode();
  }

  lastNode(): Node {
    return this.marks?.end ?? this.shown.lastNode();
  }

  remove(): void {
    if (this.marks === undefined) this.shown.remove();
    else for (const node of this.nodes()) (node as ChildNode).remove();
  }
}

/**
 * Shows `fallback` while components below are loaded by `lazy`, or resources with `suspend` have their first answer to come.
 * The content is created meanwhile, so that everything loads at once, and is shown when all of it is there. Requests after
 * the first do not bring the fallback back.
 */
export function Suspense(props: SuspenseProps): View {
  return new Native((host) => new SuspenseInstance(props, host));
}
