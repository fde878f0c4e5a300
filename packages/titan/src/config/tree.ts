/** Source of a value. */
export interface Origin {
  /** The file as configured, `env NAME`, `argument --name`, or the name of an object. */
  readonly source: string;
  /** Line in a file, from 1. */
  readonly line?: number | undefined;
}

/** A value, its source, and the sources of the values that it replaced, the last first. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly value: unknown;
  /** Original text of a value that was parsed from text: `00123`. */
  readonly text?: string | undefined;
  /** Whether it is an argument without a value: `true`, or `false` for `--no-…`, never a string. */
  readonly flag?: boolean;
  readonly origin: Origin;
  readonly replaced?: readonly Origin[] | undefined;
}

/** A list, which replaces another as a whole. */
export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly origin: Origin;
  readonly replaced?: readonly Origin[] | undefined;
}

/** An object, which is merged with another key by key. */
export interface Branch {
  readonly kind: 'branch';
  readonly children: ReadonlyMap<string, Tree>;
  readonly origin: Origin;
}

/** A configuration with the source of every value. */
export type Tree = Leaf | List | Branch;

/** Returns an empty tree. */
export const emptyTree = (source = 'nothing'): Branch => ({ kind: 'branch', children: new Map(), origin: { source } });

/** Returns whether an object is a record: created with `{}` or without prototype. Other objects are values. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Creates a tree from a value of code, or of a reader without positions. `undefined` values are left out. */
export function treeOf(
  value: unknown,
  source: string,
  lineOf?: (path: readonly string[]) => number | undefined,
  path: string[] = [],
): Tree {
  const origin: Origin = { source, line: lineOf?.(path) };
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => treeOf(item, source, () => origin.line)), origin };
  if (!isRecord(value)) return { kind: 'leaf', value, origin };
  const children = new Map<string, Tree>();
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) children.set(key, treeOf(each, source, lineOf, [...path, key]));
  }
  return { kind: 'branch', children, origin };
}

/** Merges two trees: objects are merged, everything else is replaced. */
export function merge(below: Tree | undefined, above: Tree): Tree {
  if (!below) return above;
  if (below.kind === 'branch' && above.kind === 'branch') {
    const children = new Map(below.children);
    for (const [key, child] of above.children) children.set(key, merge(children.get(key), child));
    return { kind: 'branch', children, origin: above.origin };
  }
  if (above.kind === 'branch') return above;
  const before = below.kind === 'branch' ? [] : [below.origin, ...(below.replaced ?? [])];
  return { ...above, replaced: [...before, ...(above.replaced ?? [])] };
}

/** Puts a tree below a path: `place(port, ['netron', 'port'])`. */
export function place(tree: Tree, path: readonly string[]): Tree {
  return path.reduceRight<Tree>(
    (child, key) => ({ kind: 'branch', children: new Map([[key, child]]), origin: child.origin }),
    tree,
  );
}

/** Returns the part of a tree at a path. */
export function find(tree: Tree | undefined, path: readonly PropertyKey[]): Tree | undefined {
  let at = tree;
  for (const key of path) {
    if (at?.kind === 'branch') at = at.children.get(String(key));
    else if (at?.kind === 'list') at = at.items[Number(key)];
    else return undefined;
  }
  return at;
}

/** Returns the parts of a dotted path. */
export const split = (path: string): string[] => (path === '' ? [] : path.split('.'));
