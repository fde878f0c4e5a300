import { Disposed } from '../reactive/graph.js';
import { activeScope, runIn, Scope } from '../reactive/owner.js';
import type { Host } from './host.js';
import { exchange, type Instance } from './instance.js';
import { awaitMount, commit, type Mount } from './mounts.js';
import { Native } from './native.js';
import { type Boundary, suspenseKey } from './suspending.js';
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
  private readonly content: Instance;
  /** Shown instead of the content, with its owner. */
  private substitute: { readonly instance: Instance; readonly owner: Scope } | undefined = undefined;
  private settling = true;
  private waiting = 0;
  private held: Mount[] = [];
  private readonly around: Scope | undefined;

  constructor(
    private readonly props: SuspenseProps,
    private readonly host: Host,
  ) {
    super(activeScope());
    this.around = activeScope();
    this.provide(suspenseKey, this);
    this.content = runIn(this, () => host.create(() => props.children));
    this.settling = false;
    if (this.waiting > 0) this.hide();
    else this.tellMounted();
  }

  wait(until: Promise<void>): void {
    this.waiting++;
    if (!this.settling && this.substitute === undefined) commit(() => this.hide());
    void until.then(() => {
      if (--this.waiting === 0 && !(this.flags & Disposed)) commit(() => this.reveal());
    });
  }

  hold(mount: Mount): boolean {
    if (!this.settling && this.substitute === undefined) return false;
    this.held.push(mount);
    return true;
  }

  private hide(): void {
    const owner = new Scope(this.around);
    const instance = runIn(owner, () => this.host.create(this.props.fallback));
    this.substitute = { instance, owner };
    const parent = this.content.firstNode().parentNode;
    if (parent !== null) instance.insert(parent, this.content.firstNode());
    this.content.insert(this.host.document.createDocumentFragment(), null);
  }

  private reveal(): void {
    const { substitute } = this;
    if (substitute === undefined) return;
    this.substitute = undefined;
    substitute.owner.dispose();
    substitute.instance.dispose();
    exchange(substitute.instance, this.content);
    this.tellMounted();
  }

  private tellMounted(): void {
    awaitMount(...this.held.splice(0));
  }

  private get shown(): Instance {
    return this.substitute?.instance ?? this.content;
  }

  patch(): boolean {
    return false;
  }

  insert(parent: Node, before: Node | null): void {
    this.shown.insert(parent, before);
  }

  firstNode(): Node {
    return this.shown.firstNode();
  }

  lastNode(): Node {
    return this.shown.lastNode();
  }

  remove(): void {
    this.shown.remove();
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
