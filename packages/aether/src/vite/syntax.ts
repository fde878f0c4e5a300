/** Syntax trees of JSX modules, as Vite's parser gives them. */

/** A node of the tree. Only the fields of all nodes are typed; each reader knows the nodes that it expects. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tree has 170 kinds of nodes
  readonly [field: string]: any;
}

/** Children of a node, in the order of the source. */
export function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (isNode(value)) found.push(value);
    else if (Array.isArray(value)) for (const each of value) if (isNode(each)) found.push(each);
  }
  return found;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string' && 'start' in value;

export const isJsx = (node: Node): boolean => node.type === 'JSXElement' || node.type === 'JSXFragment';

/** An expression without parentheses and type assertions around it. */
export function bare(node: Node): Node {
  let inner = node;
  while (/^(?:ParenthesizedExpression|TSAsExpression|TSNonNullExpression|TSSatisfiesExpression)$/.test(inner.type)) {
    inner = inner.expression as Node;
  }
  return inner;
}

/** The text of a literal string; `undefined` for other expressions. */
export function literalText(node: Node): string | undefined {
  const inner = bare(node);
  if (inner.type === 'Literal' && typeof inner.value === 'string') return inner.value;
  if (inner.type === 'TemplateLiteral' && inner.expressions.length === 0) {
    return (inner.quasis as { value: { cooked: string } }[])[0]?.value.cooked;
  }
  return undefined;
}

/** Name of an attribute, or of an element that is not a component; `undefined` for `A.b`. */
export function nameOf(name: Node): string | undefined {
  if (name.type === 'JSXIdentifier') return name.name as string;
  if (name.type === 'JSXNamespacedName') return `${name.namespace.name}:${name.name.name}`;
  return undefined;
}

/** Returns whether an element belongs to the document, rather than being a component: it begins with a small letter or has a hyphen. */
export function isIntrinsic(element: Node): boolean {
  const name = nameOf(element.openingElement.name as Node);
  return name !== undefined && (/^[a-z]/.test(name) || name.includes('-'));
}
