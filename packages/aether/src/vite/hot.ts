/** Prepares a module for hot replacement: components are replaced in place, and their signals stay. */
import type MagicString from 'magic-string';
import { bare, childrenOf, isJsx, isNode, type Node } from './syntax.js';

const register = '_$hot';
const keep = '_$keep';
const replace = '_$replace';

/** Functions whose results are kept while the text of the call is unchanged. */
const makers = new Set(['signal', 'store']);

/** A component at the top of a module. */
interface Found {
  readonly name: string;
  /** The function whose body is the setup. */
  readonly setup: Node;
  /** Expression that is wrapped; a declared function is assigned anew instead. */
  readonly expression: Node | undefined;
}

/**
 * Changes a module so that its components may be replaced.
 *
 * @returns whether there are any
 */
export function makeHot(source: MagicString, code: string, program: Node, id: string): boolean {
  const found = componentsOf(program);
  if (found.length === 0) return false;
  const assigned: string[] = [];
  for (const { name, setup, expression } of found) {
    for (const { name: variable, call } of stateOf(setup)) {
      const text = code.slice(call.start, call.end);
      source.appendLeft(call.start, `${keep}(${JSON.stringify(variable)}, ${JSON.stringify(text)}, () => `);
      source.appendRight(call.end, ')');
    }
    const key = JSON.stringify(`${id}#${name}`);
    if (expression === undefined) assigned.push(`${name} = ${register}(${key}, ${name});`);
    else {
      source.appendLeft(expression.start, `${register}(${key}, `);
      source.appendRight(expression.end, ')');
    }
  }
  source.prepend(`import { component as ${register}, keep as ${keep}, replace as ${replace} } from '@omnitron-dev/aether/hot';`);
  // At the end: a setup may read later declarations.
  source.append(`\n${assigned.join(' ')} ${replace}();`);
  // Importers of other exports must run again themselves. A module without exports exists for its side effects, which are not undone.
  const exported = exportsOf(program);
  if (exported.length > 0 && exported.every((name) => found.some((each) => each.name === name))) {
    source.append('\nif (import.meta.hot) import.meta.hot.accept();');
  }
  return true;
}

function componentsOf(program: Node): Found[] {
  return (program.body as Node[]).flatMap((statement): Found[] => {
    const declaration = (statement.type.startsWith('Export') ? statement.declaration : statement) as Node | null;
    if (declaration?.type === 'FunctionDeclaration') {
      const name = declaration.id?.name as string | undefined;
      return name !== undefined && isComponent(name, declaration) ? [{ name, setup: declaration, expression: undefined }] : [];
    }
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') return [];
    return (declaration.declarations as Node[]).flatMap(({ id, init }): Found[] => {
      const { name } = id as { name?: string };
      if (name === undefined || init === null) return [];
      const value = bare(init as Node);
      const isDefined = value.type === 'CallExpression' && value.callee.name === 'defineComponent';
      const setup = isDefined ? ((value.arguments as Node[])[0] as Node | undefined) : value;
      if (setup === undefined || !/^(?:Arrow)?Function(?:Expression)?/.test(setup.type)) return [];
      return isComponent(name, setup) ? [{ name, setup, expression: init as Node }] : [];
    });
  });
}

const isComponent = (name: string, setup: Node): boolean => /^[A-Z]/.test(name) && !setup.async && hasJsx(setup);
const hasJsx = (node: Node): boolean => isJsx(node) || childrenOf(node).some(hasJsx);

/** Variables of a setup that hold signals and stores. */
function stateOf(setup: Node): { readonly name: string; readonly call: Node }[] {
  const body = setup.body as Node;
  if (body.type !== 'BlockStatement') return [];
  return (body.body as Node[]).flatMap((statement) => {
    if (statement.type !== 'VariableDeclaration') return [];
    return (statement.declarations as Node[]).flatMap(({ id, init }) => {
      const call = isNode(init) ? bare(init) : undefined;
      const isState = call?.type === 'CallExpression' && makers.has(call.callee.name as string);
      return isState && id.type === 'Identifier' ? [{ name: id.name as string, call: call as Node }] : [];
    });
  });
}

/** Names of the values that a module exports; `*` and `default` expressions count as values. */
function exportsOf(program: Node): string[] {
  return (program.body as Node[]).flatMap((statement): string[] => {
    if (statement.exportKind === 'type') return [];
    if (statement.type === 'ExportAllDeclaration') return ['*'];
    if (statement.type === 'ExportDefaultDeclaration')
      return [(statement.declaration.id ?? statement.declaration).name ?? 'default'];
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const declaration = statement.declaration as Node | null;
    const specifiers = (statement.specifiers as Node[]).filter(({ exportKind }) => exportKind !== 'type');
    const names = specifiers.map(({ local }) => local.name as string);
    if (declaration === null || /^TS(?:Interface|TypeAlias)/.test(declaration.type)) return names;
    return declaration.type === 'VariableDeclaration'
      ? (declaration.declarations as Node[]).map(({ id }) => (id.name as string | undefined) ?? '*')
      : [declaration.id.name as string];
  });
}
