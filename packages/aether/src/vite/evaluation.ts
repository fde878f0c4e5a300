/** Decides which JSX expressions may be deferred. */
import { childrenOf, isIntrinsic, isJsx, type Node, nameOf } from './syntax.js';

/** Constraints on the evaluation of an expression. */
export interface Evaluation {
  /** Whether it reads something that may change: it has a call or a member access outside of functions. */
  reads: boolean;
  /** Whether it must be evaluated in place: it awaits, assigns, or reads a variable that is reassigned. */
  fixed: boolean;
  /** Whether it has `this`, `super` or `arguments`, which another function would change. */
  bound: boolean;
}

/** Analyses an expression. `assigned` has the names of variables that are assigned anywhere in the module. */
export function evaluationOf(node: Node, assigned: ReadonlySet<string>): Evaluation {
  const result: Evaluation = { reads: false, fixed: false, bound: false };
  visit(node, result, assigned);
  return result;
}

function visit(node: Node, result: Evaluation, assigned: ReadonlySet<string>): void {
  switch (node.type) {
    case 'Identifier':
      if (node.name === 'arguments') result.bound = true;
      else if (assigned.has(node.name as string)) result.fixed = true;
      return;
    case 'ThisExpression':
    case 'Super':
      result.bound = true;
      return;
    case 'FunctionExpression':
      return;
    case 'ClassExpression':
      result.fixed = true;
      return;
    case 'ArrowFunctionExpression': {
      // It runs later anyway, but uses the `this` of its place.
      const later = evaluationOf(node.body as Node, assigned);
      result.bound ||= later.bound;
      return;
    }
    case 'AwaitExpression':
    case 'YieldExpression':
    case 'AssignmentExpression':
    case 'UpdateExpression':
      result.fixed = true;
      break;
    case 'MetaProperty':
      result.fixed = true;
      return;
    case 'MemberExpression':
      result.reads = true;
      visit(node.object as Node, result, assigned);
      if (node.computed) visit(node.property as Node, result, assigned);
      return;
    case 'Property':
      if (node.computed) visit(node.key as Node, result, assigned);
      visit(node.value as Node, result, assigned);
      return;
    case 'CallExpression':
    case 'NewExpression':
    case 'TaggedTemplateExpression':
    case 'ImportExpression':
      result.reads = true;
      break;
  }
  if (isJsx(node)) return visitJsx(node, result, assigned);
  if (node.type.startsWith('TS') && node.expression === undefined) return;
  for (const child of node.type.startsWith('TS') ? [node.expression as Node] : childrenOf(node)) visit(child, result, assigned);
}

/** Visits JSX: its reads happen later, except those evaluated in place: handlers, references, keys and spreads. */
function visitJsx(node: Node, result: Evaluation, assigned: ReadonlySet<string>): void {
  const attributes = (node.openingElement?.attributes ?? []) as Node[];
  const intrinsic = node.type === 'JSXElement' && isIntrinsic(node);
  const spread = attributes.some(({ type }) => type === 'JSXSpreadAttribute');
  for (const part of [...attributes, ...(node.children as Node[])]) {
    const inner: Evaluation = { reads: false, fixed: false, bound: false };
    for (const child of childrenOf(part))
      if (!child.type.startsWith('JSXI') && child.type !== 'JSXNamespacedName') visit(child, inner, assigned);
    const name = part.type === 'JSXAttribute' ? nameOf(part.name as Node) : undefined;
    const here = part.type === 'JSXSpreadAttribute' || name === 'key' || (intrinsic && name !== undefined && isHere(name));
    // A call beside a spread may depend on what the spread does.
    if (here || inner.fixed || (spread && name !== undefined)) result.reads ||= inner.reads;
    result.fixed ||= inner.fixed;
    result.bound ||= inner.bound;
  }
}

/** Whether an attribute of an element takes its value as it is: an event or a reference. */
export const isHere = (name: string): boolean => name === 'ref' || (name.startsWith('on') && name.length > 2);

/** Names of all variables that are assigned after their declaration, anywhere in a module. */
export function assignedNames(program: Node): Set<string> {
  const names = new Set<string>();
  const take = (target: Node): void => {
    if (target.type === 'Identifier') names.add(target.name as string);
    else if (target.type === 'Property') take(target.value as Node);
    else if (target.type === 'AssignmentPattern') take(target.left as Node);
    else if (
      /^(?:ArrayPattern|ObjectPattern|RestElement|TSNonNullExpression|TSAsExpression|ParenthesizedExpression)$/.test(target.type)
    ) {
      for (const child of childrenOf(target)) take(child);
    }
  };
  const walk = (node: Node): void => {
    if (node.type === 'AssignmentExpression') take(node.left as Node);
    else if (node.type === 'UpdateExpression') take(node.argument as Node);
    else if (/^For(?:In|Of)Statement$/.test(node.type) && node.left.type !== 'VariableDeclaration') take(node.left as Node);
    for (const child of childrenOf(node)) walk(child);
  };
  walk(program);
  return names;
}
