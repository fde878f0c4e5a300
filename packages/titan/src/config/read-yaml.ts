/** YAML and JSON, with the lines of their values. */

import { thrownText } from '@omnitron-dev/netron';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { FileFault } from './file-fault.js';
import { emptyTree, type Tree, treeOf } from './tree.js';

/** Values that aliases of one file may stand for, all together: a few lines of aliases of aliases would fill the memory. */
const maxAliased = 10_000;

/** Reads a YAML file. @throws FileFault */
export function readYaml(text: string, path: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const [error] = document.errors;
  if (error) throw new FileFault(`is not YAML: ${error.message}`, lines.linePos(error.pos[0]).line);
  const seen = new Set<Node>();
  let aliased = 0;
  const walk = (node: unknown): Tree => {
    const at = node as Node | null;
    const origin = { source: path, line: at?.range ? lines.linePos(at.range[0]).line : undefined };
    if (seen.size > 0 && ++aliased > maxAliased)
      throw new FileFault(`has aliases for more than ${maxAliased} values`, origin.line);
    if (isAlias(at)) {
      const target = at.resolve(document);
      if (!target || seen.has(target)) throw new FileFault('an alias refers to itself or to nothing', origin.line);
      seen.add(target);
      const tree = walk(target);
      seen.delete(target);
      return tree;
    }
    if (isSeq(at)) return { kind: 'list', items: at.items.map(walk), origin };
    if (isMap(at)) {
      const children = new Map<string, Tree>();
      for (const { key, value } of at.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const child = walk(value);
        // `<<: *defaults` brings keys that others replace.
        const merged = isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
        if (merged && child.kind === 'branch')
          for (const [each, tree] of child.children) if (!children.has(each)) children.set(each, tree);
        if (!merged) children.set(name, value === null ? { kind: 'leaf', value: null, origin } : child);
      }
      return { kind: 'branch', children, origin };
    }
    if (!isScalar(at)) return { kind: 'leaf', value: null, origin };
    // Plain text only: what is quoted is text on purpose.
    const text = at.type === 'PLAIN' && typeof at.value !== 'string' && at.value !== null ? at.source : undefined;
    return { kind: 'leaf', value: at.value, text, origin };
  };
  return document.contents === null ? emptyTree(path) : walk(document.contents);
}

/** Reads a JSON file. @throws FileFault */
export function readJson(text: string, path: string): Tree {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileFault('is not JSON', faultyLine(text, thrownText(error)));
  }
  // JSON is YAML, whose reader knows lines; numbers and text stay what JSON says they are.
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (keys: readonly string[]) => {
    const node = document.getIn(keys, true) as Node | undefined;
    return node?.range ? lines.linePos(node.range[0]).line : undefined;
  };
  return treeOf(value, path, lineOf);
}

/** The line on which text stops being JSON: the engine tells the position, or it is the first word that JSON does not have. */
function faultyLine(text: string, message: string): number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  let at = /position (\d+)/.exec(message)?.[1] ?? document.errors[0]?.pos[0];
  visit(document, {
    Scalar(_, { type, range, source = '' }) {
      if (type === 'QUOTE_DOUBLE' || /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(source)) return;
      at ??= range?.[0];
    },
  });
  return at === undefined ? undefined : lines.linePos(Number(at)).line;
}
