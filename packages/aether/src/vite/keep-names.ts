/** Keeps the names of service classes, which determine the names of their services, in minified builds. */
import type MagicString from 'magic-string';
import { childrenOf, type Node } from './syntax.js';

const entry = '@omnitron-dev/aether/netron';
const ending = /(?:Service|Store)$/;

/** Returns whether a module may have service classes, by a look at its text, which costs less than parsing it. */
export function mayHaveServices(code: string, id: string): boolean {
  if (!/\bextends\b/.test(code)) return false;
  return code.includes(entry) || (!id.includes('/node_modules/') && /\bclass\b[^{]*(?:Service|Store)\b/.test(code));
}

/**
 * Gives classes their names as texts, with those that other classes may be found under: of each that extends one in a module
 * with the entry for services, of each whose name or base ends in `Service` or `Store` elsewhere.
 *
 * @returns whether there are any
 */
export function keepNames(source: MagicString, code: string, program: Node): boolean {
  const all = code.includes(entry);
  let found = false;
  const visit = (node: Node, assigned?: string): void => {
    const name = (node.id?.name as string | undefined) ?? assigned;
    if (/^Class(?:Declaration|Expression)$/.test(node.type) && name !== undefined && node.superClass !== null) {
      const base = node.superClass as Node;
      const named = base.type === 'Identifier' && ending.test(base.name as string);
      if ((all || named || ending.test(name)) && !hasName(node)) {
        // Compilers for older targets assign static members, which fails for this one.
        source.appendRight(
          (node.body as Node).start + 1,
          ` static { Object.defineProperty(this, 'name', { value: ${JSON.stringify(name)}, configurable: true }); }`,
        );
        found = true;
      }
    }
    const variable = node.type === 'VariableDeclarator' && node.id.type === 'Identifier' ? (node.id.name as string) : undefined;
    for (const child of childrenOf(node)) visit(child, child === node.init ? variable : undefined);
  };
  visit(program);
  return found;
}

const hasName = (declaration: Node): boolean =>
  (declaration.body.body as Node[]).some((member) => member.static === true && member.key?.name === 'name');
