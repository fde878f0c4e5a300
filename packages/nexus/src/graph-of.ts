import type { Container } from './container.js';
import type { Kind, Scope } from './provider.js';
import type { Entry } from './registry.js';
import { nameOf } from './token.js';

/** A provider in a {@link Graph}. */
export interface GraphNode {
  /** Number from 0; edges refer to it. */
  readonly id: number;
  /** The token as errors show it; not unique. */
  readonly name: string;
  readonly kind: Kind;
  readonly scope: Scope;
  /** Module that provides it; empty without modules. */
  readonly module: string;
  /** Whether a singleton has been created. */
  readonly created: boolean;
}

/** A dependency: `from` depends on `to`. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** Whether the dependency is created on first use. */
  readonly lazy: boolean;
}

/** A dependency graph. Plain data: it survives `JSON.stringify`. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * Checks the graph of a container and returns it. Dependencies requested only with `inject()` are not included.
 *
 * @throws as `container.validate()`
 */
export function graphOf(container: Container): Graph {
  const { registry: own } = container.validate();
  const nodes = new Map<Entry, GraphNode>();
  const edges: GraphEdge[] = [];
  const idOf = (entry: Entry) => {
    const { token, kind, scope, registry, done } = entry;
    if (!nodes.has(entry))
      nodes.set(entry, { id: nodes.size, name: nameOf(token), kind, scope, module: registry.name, created: done });
    return nodes.get(entry)!.id;
  };
  for (const { entries } of [own, ...(own.container.modules?.values() ?? [])])
    for (const entry of entries.values()) if (entry) idOf(entry);
  // It grows during the loop, which also visits new entries.
  for (const [{ links }, { id: from }] of nodes) {
    for (const link of links ?? []) {
      const lazy = link.kind === 'lazy';
      edges.push({ from, to: idOf(lazy ? (link.deps[0] as Entry) : link), lazy });
    }
  }
  return { nodes: [...nodes.values()], edges };
}
