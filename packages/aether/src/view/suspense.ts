import { batch } from '../reactive/batch.js';
import { Disposed } from '../reactive/graph.js';
import { activeScope, provide, runIn, Scope } from '../reactive/owner.js';
import { suspenseKey } from '../reactive/suspend.js';
import type { Host } from './host.js';
import { exchange, type Instance } from './instance.js';
import { awaitMounts, type Mount } from './mounts.js';
import { Made } from './native.js';
import type { Boundary } from './suspending.js';
import type { View } from './types.js';

/** Properties of `Suspense`. */
export interface SuspenseProps {
  /** Shown while something below waits. */
  readonly fallback?: View;
  readonly children?: View;
}

/** Keeps its content out of the document while parts of it wait, and shows the fallback in its place. */
export class SuspenseInstance extends Scope implements Instance, Boundary {
  protected content: Instance | undefined = undefined;
  /** Owns the content. */
  protected inside: Scope | undefined = undefined;
  /** The fallback in place of the content, with its owner. */
  protected substitute: { readonly instance: Instance; readonly owner: Scope } | undefined = undefined;
  protected held: Mount[] = [];
  protected waiting = 0;
  private settling = true;
  private readonly around = activeScope();

  constructor(
    private readonly props: SuspenseProps,
    private readonly host: Host,
  ) {
    super(activeScope());
    provide(this, suspenseKey, this);
  }

  /** Makes the content. */
  start(): this {
    this.settling = true;
    this.fill();
    this.settling = false;
    if (this.waiting > 0) this.hide();
    else this.tellMounted();
    return this;
  }

  wait(until: Promise<void>): void {
    this.waiting++;
    if (!this.settling && this.substitute === undefined) batch(() => this.hide());
    void until.then(() => {
      if (--this.waiting === 0 && !(this.flags & Disposed)) batch(() => this.reveal());
    });
  }

  hold(mount: Mount): boolean {
    if (!this.settling && this.substitute === undefined) return false;
    this.held.push(mount);
    return true;
  }

  protected fill(): void {
    this.content = this.make();
  }

  protected make(): Instance {
    this.inside?.dispose();
    this.inside = new Scope(this, false);
    return runIn(this.inside, () => this.host.create(() => this.props.children));
  }

  protected hide(): void {
    const content = this.content as Instance;
    const owner = new Scope(this.around);
    const instance = runIn(owner, () => this.host.create(this.props.fallback));
    this.substitute = { instance, owner };
    const first = content.firstNode();
    if (first.parentNode !== null) instance.insert(first.parentNode, first);
    content.insert(this.host.document.createDocumentFragment(), null);
  }

  protected reveal(): void {
    const { substitute } = this;
    if (substitute === undefined) return;
    this.substitute = undefined;
    substitute.owner.dispose();
    substitute.instance.dispose();
    exchange(substitute.instance, this.content as Instance);
    this.tellMounted();
  }

  protected tellMounted(): void {
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
 * Shows `fallback` until components of `lazy` below, and resources with `suspend`, have loaded for the first time. The
 * content is created meanwhile, so that everything loads in parallel, and appears when all of it has loaded. Later requests
 * do not show the fallback again.
 */
export function Suspense(props: SuspenseProps): View {
  return new Made((host) => host.suspense?.(props) ?? new SuspenseInstance(props, host).start());
}
