/** Names that a package exports have a comment that says what they promise; comments name the parameters that there are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../packages/', import.meta.url));
const files = new Map<string, ts.SourceFile>();

function parsed(path: string): ts.SourceFile {
  const known = files.get(path) ?? ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  files.set(path, known);
  return known;
}

/** Source files of the entries of a package. */
function entriesOf(name: string): string[] {
  const { exports = {} } = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')) as { exports?: object };
  const found = [...JSON.stringify(exports).matchAll(/"@omnitron-dev\/source":"(\.\/src\/[^"]+)"/g)];
  return [...new Set(found.map(([, path = '']) => join(root, name, path)))];
}

const documented = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0;
const isExported = (node: ts.Node) =>
  ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const isRelative = (from: ts.Expression): from is ts.StringLiteral => ts.isStringLiteral(from) && from.text.startsWith('.');
const target = (path: string, from: ts.StringLiteral) => join(dirname(path), from.text.replace(/\.js(x?)$/, '.ts$1'));

/** Module that a file imports a name from. */
function importOf(path: string, name: string): ts.Expression | undefined {
  const imports = parsed(path).statements.filter(ts.isImportDeclaration);
  return imports.find(({ importClause }) => {
    const named = importClause?.namedBindings;
    return named && ts.isNamedImports(named) && named.elements.some((element) => element.name.text === name);
  })?.moduleSpecifier;
}

/** Names that a file exports, those of other files of its package included, and whether each has a comment. */
function exportsOf(path: string, found = new Map<string, boolean>()): Map<string, boolean> {
  const note = (name: string, has: boolean) => found.set(name, has || found.get(name) === true);
  for (const statement of parsed(path).statements) {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      for (const { name, propertyName } of exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : []) {
        const own = (propertyName ?? name).text;
        const from = moduleSpecifier ?? importOf(path, own);
        // Names of other packages are described there.
        if (from && isRelative(from)) note(name.text, exportsOf(target(path, from)).get(own) === true);
      }
      if (!exportClause && moduleSpecifier && isRelative(moduleSpecifier))
        for (const [name, has] of exportsOf(target(path, moduleSpecifier))) note(name, has);
    } else if (isExported(statement)) {
      if (ts.isVariableStatement(statement))
        for (const { name } of statement.declarationList.declarations) note(name.getText(), documented(statement));
      else if ('name' in statement) note((statement.name as ts.Identifier).text, documented(statement));
    }
  }
  return found;
}

// Tools leave folders of their own there.
const packages = readdirSync(root).filter((name) => existsSync(join(root, name, 'package.json')));

it.each(packages)('PF-10: more than 95 of 100 names that %s exports are documented', (name) => {
  const all = entriesOf(name).flatMap((path) => [...exportsOf(path)]);
  const missing = [...new Set(all.flatMap(([exported, has]) => (has ? [] : [exported])))];
  expect(all.length).toBeGreaterThan(0);
  expect(missing.length / all.length, missing.join(', ')).toBeLessThan(0.05);
});

/** Parameters of a function, or of a property or type whose values are functions. */
function parametersOf(node: ts.Node): readonly ts.ParameterDeclaration[] | undefined {
  if (ts.isFunctionLike(node)) return node.parameters;
  if (!ts.isTypeAliasDeclaration(node) && !ts.isPropertySignature(node)) return undefined;
  return node.type !== undefined && ts.isFunctionTypeNode(node.type) ? node.type.parameters : [];
}

/** Names after `@param` that are no parameter of what they describe. A destructured parameter may have any name. */
function strangersOf(path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const parameters = parametersOf(node)?.map(({ name }) => name);
    const tags = parameters === undefined ? [] : ts.getJSDocTags(node).filter(ts.isJSDocParameterTag);
    const known = new Set(parameters?.filter(ts.isIdentifier).map(({ text }) => text.replace(/^_/, '')));
    const unknown = tags.map(({ name }) => name.getText()).filter((name) => !known.has(name));
    if (parameters !== undefined && unknown.length > parameters.length - known.size) found.push(`${path}: ${unknown.join(', ')}`);
    ts.forEachChild(node, visit);
  };
  visit(parsed(path));
  return found;
}

it.each(packages)('comments of %s name the parameters that there are', (name) => {
  const src = join(root, name, 'src');
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  expect(sources.flatMap((file) => strangersOf(join(src, file)))).toEqual([]);
});
