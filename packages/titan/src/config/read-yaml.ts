/** YAML and JSON, with the lines of their values. */

import { thrownText } from '@omnitron-dev/netron';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { FileFault } from './file-fault.js';
import { emptyTree, type Tree, treeOf } from './tree.js';

/** Largest number of values that all aliases of one file may expand to: a few lines of nested aliases could fill the memory. */
const maxAliased = 10_000;

/** Reads a YAML file. @throws FileFault */
export function readYaml(text: string, path: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const [error] = document.errors;
  if (error) throw new FileFault(`is not valid YAML: ${error.message}`, lines.linePos(error.pos[0]).line);
  const seen = new Set<Node>();
  let aliased = 0;
  const walk = (node: unknown): Tree => {
    const at = node as Node | null;
    const origin = { source: path, line: at?.range ? lines.linePos(at.range[0]).line : undefined };
    if (seen.size > 0 && ++aliased > maxAliased)
      throw new FileFault(`has aliases for more than ${maxAliased} values`, origin.line);
    if (isAlias(at)) {
      const target = at.resolve(document);
      if (!target || seen.has(target)) throw new FileFault('an alias refers to itself or to an unknown anchor', origin.line);
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
        // `<<: *defaults` adds keys that others override.
        const merged = isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
        if (merged && child.kind === 'branch')
          for (const [each, tree] of child.children) if (!children.has(each)) children.set(each, tree);
        if (!merged) children.set(name, value === null ? { kind: 'leaf', value: null, origin } : child);
      }
      return { kind: 'branch', children, origin };
    }
    if (!isScalar(at)) return { kind: 'leaf', value: null, origin };
    // Plain scalars only: quoted ones are strings on purpose.
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
    throw new FileFault('is not valid JSON', faultyLine(text, thrownText(error)));
  }
  // JSON is YAML, whose reader reports lines; numbers and strings keep their JSON types.
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (keys: readonly string[]) => {
    const node = document.getIn(keys, true) as Node | undefined;
    return node?.range ? lines.linePos(node.range[0]).line : undefined;
  };
  return treeOf(value, path, lineOf);
}

/** Returns the line on which text stops being JSON: from the position that the engine reports, or of the first word that is not JSON. */
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
