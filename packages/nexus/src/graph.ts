import type { Kind, Scope } from './provider.js';
import type { Entry } from './registry.js';
import { nameOf } from './token.js';

/** A provider in a {@link Graph}. */
export interface GraphNode {
  /** Counts from 0; what edges refer to. */
  readonly id: number;
  /** The token as errors show it; several nodes may have one name. */
  readonly name: string;
  readonly kind: Kind;
  readonly scope: Scope;
  /** The module that provides it; empty without modules. */
  readonly module: string;
  /** Whether a singleton has been created. */
  readonly created: boolean;
}

/** "`from` needs `to`". */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** Created when first called for. */
  readonly lazy: boolean;
}

/** Who needs whom. Plain data: it survives `JSON.stringify`. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Describes checked entries and everything below them. */
export function describe(entries: Iterable<Entry>): Graph {
  const ids = new Map<Entry, number>();
  const edges: GraphEdge[] = [];
  for (const entry of entries) ids.set(entry, ids.size);
  // A map grows while it is iterated: what is found on the way is visited too.
  for (const [entry, from] of ids) {
    for (const link of entry.links ?? []) {
      const lazy = link.kind === 'lazy';
      const target = lazy ? (link.make as Entry) : link;
      const to = ids.get(target) ?? ids.size;
      ids.set(target, to);
      edges.push({ from, to, lazy });
    }
  }
  const nodes = [...ids].map(([{ token, kind, scope, registry, done }, id]) => ({
    id,
    name: nameOf(token),
    kind,
    scope,
    module: registry.name,
    created: done,
  }));
  return { nodes, edges };
}
