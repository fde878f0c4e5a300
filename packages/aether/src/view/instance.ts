import { hydration } from './hydration.js';

/**
 * An instance on display: the counterpart of a value in a view. It owns at least one node, an empty text if necessary, so
 * that its place is known without markers.
 */
export interface Instance {
  /** Matches instances in lists. */
  readonly key?: unknown;
  /** Takes over a new value for this place. Returns false, and changes nothing, if it is of another kind. */
  patch(value: unknown): boolean;
  /** Shows the same view again, whose properties may have changed. Views that track their properties do not need it. */
  again?(): void;
  /** Puts all nodes before another one, or moves them there. */
  insert(parent: Node, before: Node | null): void;
  firstNode(): Node;
  lastNode(): Node;
  /** Removes all nodes from the document. */
  remove(): void;
  /** Disposes its content. Its nodes stay. */
  dispose(): void;
}

/** Replaces an old, disposed instance by a new one. */
export function exchange(old: Instance, next: Instance): void {
  const first = old.firstNode();
  if (first.parentNode !== null) next.insert(first.parentNode, first);
  old.remove();
}

/** Returns the node after an instance. */
export const nodeAfter = (instance: Instance): Node | null => instance.lastNode().nextSibling;

/** An instance that is one node. */
export abstract class NodeInstance<N extends ChildNode> implements Instance {
  constructor(
    readonly node: N,
    readonly key: unknown,
  ) {}

  abstract patch(value: unknown): boolean;

  dispose(): void {}

  insert(parent: Node, before: Node | null): void {
    const { cursor } = hydration;
    // A hydrated node is already in place.
    if (cursor !== undefined && (this.node.parentNode === parent || cursor.holds(parent))) return;
    parent.insertBefore(this.node, before);
  }

  firstNode(): N {
    return this.node;
  }

  lastNode(): N {
    return this.firstNode();
  }

  remove(): void {
    this.firstNode().remove();
  }
}
