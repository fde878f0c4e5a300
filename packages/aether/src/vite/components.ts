/** Names in a module that are known to be components, not names of elements. */
import { bare, childrenOf, type Node } from './syntax.js';

const ours = /^@omnitron-dev\/aether(?:\/|$)/;
const isFunction = /^(?:ArrowFunctionExpression|FunctionDeclaration|FunctionExpression)$/;

/** The module of a name, and its name there. */
export interface Origin {
  readonly source: string;
  readonly name: string;
}

/** Bindings of the names of a module, for names that are bound once. */
export interface Bindings {
  /** Components, which are functions of the module or of this package; of contexts `Name.Provider`. `default` is the default export. */
  readonly components: Set<string>;
  /** Names from other modules. */
  readonly imported: ReadonlyMap<string, Origin>;
}

/** Finds the bindings of the names of a module. `assigned` has the names of variables that are assigned anywhere in it. */
export function bindingsOf(program: Node, assigned: ReadonlySet<string>): Bindings {
  /** Number of bindings of each name. */
  const bound = new Map<string, number>();
  const components = new Set<string>();
  const imported = new Map<string, Origin>();
  const bind = (target: Node | null): void => {
    for (const name of boundNames(target)) bound.set(name, (bound.get(name) ?? 0) + 1);
  };
  const ourName = (name: string): string | undefined => {
    const origin = imported.get(name);
    return origin !== undefined && ours.test(origin.source) ? origin.name : undefined;
  };
  const walk = (node: Node): void => {
    if (node.type === 'ImportDeclaration') {
      for (const specifier of node.specifiers as Node[]) {
        const local = specifier.local as Node;
        bind(local);
        const origin = { source: node.source.value as string, name: importedName(specifier) };
        if (origin.name === '*') continue;
        imported.set(local.name as string, origin);
        if (ours.test(origin.source)) components.add(local.name as string);
      }
      return;
    }
    if (node.type === 'VariableDeclaration' && node.kind === 'const') {
      for (const { id, init } of node.declarations as Node[]) {
        if (id.type === 'Identifier' && init !== null)
          for (const name of given(id.name as string, init as Node, ourName)) components.add(name);
      }
    }
    if (node.type === 'ExportDefaultDeclaration') {
      bound.set('default', 1);
      for (const name of given('default', node.declaration as Node, ourName)) components.add(name);
    }
    if (node.type === 'CatchClause') bind(node.param as Node | null);
    else if ('id' in node) bind(node.id as Node | null);
    if (isFunction.test(node.type)) for (const parameter of node.params as Node[]) bind(parameter);
    if (node.type === 'FunctionDeclaration' && node.id !== null) components.add(node.id.name as string);
    for (const child of childrenOf(node)) walk(child);
  };
  walk(program);
  const isOne = (name: string) => bound.get(name) === 1 && !assigned.has(name);
  for (const name of components) if (!isOne(name.replace(/\..*/, ''))) components.delete(name);
  for (const name of imported.keys()) if (!isOne(name)) imported.delete(name);
  return { components, imported };
}

/** Names that a variable, a parameter or a pattern binds. */
export function boundNames(target: Node | null): string[] {
  if (target === null) return [];
  if (target.type === 'Identifier') return [target.name as string];
  if (target.type === 'Property') return boundNames(target.value as Node);
  if (target.type === 'AssignmentPattern') return boundNames(target.left as Node);
  return childrenOf(target).flatMap(boundNames);
}

/** Returns the names of components that a variable with an initial value declares. */
function given(name: string, initial: Node, ourName: (name: string) => string | undefined): string[] {
  const value = bare(initial);
  if (isFunction.test(value.type)) return [name];
  const maker =
    value.type === 'CallExpression' && value.callee.type === 'Identifier' ? ourName(value.callee.name as string) : undefined;
  if (maker === 'createContext') return [`${name}.Provider`];
  return maker === 'defineComponent' || maker === 'lazy' ? [name] : [];
}

/** Returns the name of an import in its module; `*` for a namespace. */
function importedName({ type, imported }: Node): string {
  if (type === 'ImportSpecifier') return (imported.name ?? imported.value) as string;
  return type === 'ImportDefaultSpecifier' ? 'default' : '*';
}
