import MagicString from 'magic-string';
import { parseAst } from 'rolldown/parseAst';

/** @typedef {Record<string, unknown> & { type: string, start: number, end: number }} Node */

/**
 * Lets bundlers leave out what a page does not use. They drop a module without side effects as a whole, but of a chunk
 * only statements that cannot have any: a call, the reading of a property and a static block can, as far as they know.
 * A package states that its modules have none, so what makes a value for a variable or a class is marked as pure.
 */
export const pure = {
  name: 'pure',
  /** @param {string} code */
  transform(code) {
    const text = new MagicString(code);
    const program = /** @type {{ body: Node[] }} */ (/** @type {unknown} */ (parseAst(code)));
    for (const statement of program.body) markStatement(text, statement);
    return text.hasChanged() ? { code: text.toString(), map: text.generateMap({ hires: true }) } : undefined;
  },
};

/** @type {(text: MagicString, statement: Node) => void} */
function markStatement(text, statement) {
  const declaration = /** @type {Node} */ (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement);
  if (declaration?.type === 'ClassDeclaration') return markClass(text, statement, declaration);
  if (declaration?.type !== 'VariableDeclaration') return;
  for (const { id, init } of /** @type {{ id: Node, init: Node | null }[]} */ (declaration.declarations)) {
    // A pattern reads properties itself.
    if (init === null || id.type !== 'Identifier' || !mayAct(init)) continue;
    const call = (init.type === 'CallExpression' || init.type === 'NewExpression') && !insides(init).some(mayAct);
    if (call) text.appendLeft(init.start, '/* @__PURE__ */ ');
    else text.appendLeft(init.start, '/* @__PURE__ */ (() => (').appendRight(init.end, '))()');
  }
}

/**
 * Makes a class that does something when it is declared the value of a pure call.
 *
 * @type {(text: MagicString, statement: Node, declaration: Node) => void}
 */
function markClass(text, statement, declaration) {
  const { name } = /** @type {{ name: string }} */ (declaration.id);
  const { body } = /** @type {{ body: Node[] }} */ (declaration.body);
  if (!body.some(actsWhenDeclared)) return;
  text.appendLeft(declaration.start, `const ${name} = /* @__PURE__ */ (() => {\n`);
  text.appendRight(statement.end, `\nreturn ${name};\n})();`);
}

/** @type {(member: Node) => boolean} */
function actsWhenDeclared(member) {
  if (member.type === 'StaticBlock') return true;
  const key = /** @type {Node} */ (member.key);
  // Names of symbols that all programs know, such as `[Symbol.iterator]`.
  const known = key.type === 'MemberExpression' && /** @type {{ name?: string }} */ (key.object).name === 'Symbol';
  return (member.computed === true && !known) || (member.static === true && member.type === 'PropertyDefinition');
}

/**
 * Whether to compute an expression may do something, as far as bundlers know.
 *
 * @type {(node: Node) => boolean}
 */
function mayAct(node) {
  if (/Function/.test(node.type)) return false;
  return (
    /^(?:Call|New|Member|Class|TaggedTemplate|Import)Expression$|^SpreadElement$/.test(node.type) || insides(node).some(mayAct)
  );
}

/** @type {(node: Node) => Node[]} */
function insides(node) {
  /** @type {(value: unknown) => Node[]} */
  const nodes = (value) =>
    Array.isArray(value)
      ? value.flatMap(nodes)
      : typeof value === 'object' && value !== null && 'type' in value
        ? [/** @type {Node} */ (value)]
        : [];
  return Object.values(node).flatMap(nodes);
}
