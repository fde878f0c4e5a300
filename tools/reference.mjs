// Writes the API references from the sources: `npm run reference`. A test fails when a page is not what this would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from './lib/root.mjs';

/**
 * @typedef {object} Reference
 * @property {string} folder of the package, below `packages`
 * @property {string} page from the root of the repository
 */

/** @type {readonly Reference[]} */
export const references = [{ folder: 'aether', page: 'docs/aether/reference.md' }];

/** @typedef {{ name: string, declaration: ts.Node, typeOnly: boolean }} Entry */

/** @type {Map<string, ts.SourceFile>} */
const files = new Map();

/** @param {string} path */
function parsed(path) {
  let file = files.get(path);
  if (file === undefined) {
    file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    files.set(path, file);
  }
  return file;
}

/**
 * Returns source files of a package by entry.
 *
 * @param {string} folder
 * @returns {{ name: string, file: string }[]}
 */
export function entriesOf(folder) {
  const place = join(root, 'packages', folder);
  const { name, exports } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([entry, target]) => {
    const source = target['@omnitron-dev/source'];
    return source ? [{ name: name + entry.slice(1), file: join(place, source) }] : [];
  });
}

/**
 * Returns what a file exports, with the declaration of each, wherever it is.
 *
 * @param {string} path
 * @param {string} [only] a name; default: all
 * @returns {Entry[]}
 */
function exportsOf(path, only) {
  return parsed(path).statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) ? reexports(path, statement, only) : declaredBy(statement),
  );
}

/**
 * @param {ts.Statement} statement
 * @returns {Entry[]}
 */
function declaredBy(statement) {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((one) => ({ name: one.name.getText(), declaration: one, typeOnly: false }));
  const { name } = /** @type {ts.DeclarationStatement} */ (statement);
  const typeOnly = [ts.SyntaxKind.InterfaceDeclaration, ts.SyntaxKind.TypeAliasDeclaration, ts.SyntaxKind.ModuleDeclaration];
  return name ? [{ name: name.text, declaration: statement, typeOnly: typeOnly.includes(statement.kind) }] : [];
}

/**
 * @param {string} path
 * @param {ts.ExportDeclaration} statement
 * @param {string} [only]
 * @returns {Entry[]}
 */
function reexports(path, { exportClause, moduleSpecifier, isTypeOnly }, only) {
  if (!exportClause) return exportsOf(target(path, /** @type {ts.Expression} */ (moduleSpecifier)), only);
  if (!ts.isNamedExports(exportClause)) throw new Error(`${path}: expected names, got a namespace`);
  const wanted = exportClause.elements.filter(({ name }) => only === undefined || name.text === only);
  return wanted.map(({ name, propertyName, isTypeOnly: typeOnly }) => {
    const own = (propertyName ?? name).text;
    const from = moduleSpecifier ? exportsOf(target(path, moduleSpecifier), own) : declarationsOf(path, own);
    const found = from.find((entry) => entry.name === own);
    if (found === undefined) throw new Error(`${path}: no declaration of '${own}'`);
    return { name: name.text, declaration: found.declaration, typeOnly: isTypeOnly || typeOnly || found.typeOnly };
  });
}

/**
 * Returns the declaration of a name that a file has or imports.
 *
 * @param {string} path
 * @param {string} name
 * @returns {Entry[]}
 */
function declarationsOf(path, name) {
  for (const statement of parsed(path).statements) {
    if (ts.isImportDeclaration(statement)) {
      const named = statement.importClause?.namedBindings;
      if (named && ts.isNamedImports(named) && named.elements.some((element) => element.name.text === name))
        return exportsOf(target(path, statement.moduleSpecifier), name);
    }
  }
  return parsed(path).statements.flatMap(declaredBy);
}

/**
 * @param {string} path
 * @param {ts.Expression} specifier
 */
function target(path, specifier) {
  const { text } = /** @type {ts.StringLiteral} */ (specifier);
  if (text.startsWith('.')) return join(dirname(path), text.replace(/\.js$/, '.ts'));
  const [, folder = ''] = text.split('/');
  const entry = entriesOf(folder).find(({ name }) => name === text);
  if (entry === undefined) throw new Error(`${path}: expected an entry of a package of this repository, got '${text}'`);
  return entry.file;
}

/**
 * Returns the first sentence of a declaration's comment, on one line.
 *
 * @param {ts.Node} declaration
 */
function sentence(declaration) {
  const place = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const comment = ts.getJSDocCommentsAndTags(place).find(ts.isJSDoc)?.comment;
  const text = (typeof comment === 'string' ? comment : ts.getTextOfJSDocComment(comment)) ?? '';
  const line = (text.split(/\n\s*\n/)[0] ?? '').replace(/\s+/g, ' ').trim();
  return /^.*?[.:](?= [A-Z`]|$)/.exec(line)?.[0].replace(/:$/, '.') ?? line;
}

/**
 * Returns a name with its parameters, as in `batch(action)`.
 *
 * @param {Entry} entry
 */
function heading({ name, declaration }) {
  const made = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
  if (!made || !(ts.isFunctionDeclaration(made) || ts.isArrowFunction(made))) return name;
  const parameters = made.parameters
    .filter((parameter) => parameter.name.getText() !== 'this')
    .map(({ name: binding, dotDotDotToken, questionToken, initializer }) => {
      const text = ts.isIdentifier(binding) ? binding.text : ts.isArrayBindingPattern(binding) ? inList(binding) : 'options';
      return `${dotDotDotToken && ts.isIdentifier(binding) ? '...' : ''}${text}${questionToken || initializer ? '?' : ''}`;
    });
  return `${name}(${parameters.join(', ')})`;
}

/** @param {ts.ArrayBindingPattern} list */
const inList = ({ elements }) =>
  elements.flatMap((element) => (ts.isBindingElement(element) ? [`${element.name.getText()}?`] : [])).join(', ');

/**
 * Returns the names of a type's or class's public members, then those that an interface inherits from others of this repository; members that
 * are marked `@internal` are not public.
 *
 * @param {ts.Node} declaration
 * @returns {string[]}
 */
function membersOf(declaration) {
  if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration)) return [];
  const names = declaration.members.flatMap((member) => {
    const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
    const internal = ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal');
    const kinds = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
    const hidden = internal || modifiers.some(({ kind }) => kinds.includes(kind));
    const { name } = member;
    return hidden || !name || ts.isPrivateIdentifier(name) || ts.isConstructorDeclaration(member) ? [] : [name.getText()];
  });
  const inherited = ts.isInterfaceDeclaration(declaration) ? (declaration.heritageClauses ?? []).flatMap(inheritedBy) : [];
  return [...new Set([...names, ...inherited])];
}

/**
 * Returns the names of the members that `extends A, Omit<B, 'c'>` adds.
 *
 * @param {ts.HeritageClause} clause
 */
const inheritedBy = ({ types }) =>
  types.flatMap(({ expression, typeArguments = [] }) => {
    const { fileName } = expression.getSourceFile();
    const [first, keys] = typeArguments;
    const narrowed = /^(?:Omit|Pick)$/.test(expression.getText()) && first && ts.isTypeReferenceNode(first);
    const name = (narrowed ? first.typeName : expression).getText();
    const found = declarationsOf(fileName, name).find((entry) => entry.name === name);
    const members = found ? membersOf(found.declaration) : [];
    if (!narrowed) return members;
    const listed = new Set(keys?.getText().match(/(?<=')[^']+(?=')/g));
    return members.filter((member) => listed.has(member) === (expression.getText() === 'Pick'));
  });

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/**
 * Returns the text of a reference.
 *
 * @param {Reference} reference
 */
export function writeReference({ folder }) {
  const sections = entriesOf(folder).flatMap(({ name, file }) => {
    const entries = exportsOf(file).sort((a, b) => (a.name < b.name ? -1 : 1));
    const row = (/** @type {Entry} */ entry) => {
      const members = membersOf(entry.declaration).map((member) => `\`${member}\``);
      const about = sentence(entry.declaration);
      if (about === '' && !ts.isModuleDeclaration(entry.declaration)) throw new Error(`${name}: '${entry.name}' has no comment`);
      return `| \`${cell(heading(entry))}\` | ${cell(about || 'Types of JSX, for compilers.')}${members.length > 0 ? ` Members: ${cell(members.join(', '))}` : ''} |`;
    };
    const table = (/** @type {string} */ title, /** @type {Entry[]} */ listed) =>
      listed.length === 0 ? [] : [`| ${title} | |`, '| --- | --- |', ...listed.map(row), ''];
    return [
      `## ${name}`,
      '',
      ...table(
        'Value',
        entries.filter(({ typeOnly }) => !typeOnly),
      ),
      ...table(
        'Type',
        entries.filter(({ typeOnly }) => typeOnly),
      ),
    ];
  });
  return [
    `# Reference of @omnitron-dev/${folder}`,
    '',
    'All exports of the package, by entry point, each with the first sentence of its doc comment. Editors show the rest.',
    'Generated by `npm run reference`.',
    '',
    ...sections,
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const reference of references) writeFileSync(join(root, reference.page), writeReference(reference));
}
