/** TOML, with the lines of its keys. */
import { FileFault } from './file-fault.js';
import { type Tree, treeOf } from './tree.js';

/** Reads a TOML file. @throws FileFault */
export async function readToml(text: string, path: string): Promise<Tree> {
  const { parse } = await import('smol-toml').catch(() => {
    throw new FileFault('requires the package smol-toml, which is not installed');
  });
  try {
    const lines = tomlLines(text);
    return treeOf(parse(text), path, (keys) => lines.get(keys.join('.')));
  } catch (error) {
    const { line } = error as { line?: number };
    throw new FileFault('is not valid TOML', line);
  }
}

/** Lines of the keys of a TOML file, by dotted path. */
function tomlLines(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const clean = (key: string) => key.replace(/["'\s]/g, '');
  let table = '';
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[+([^\]]+)\]+/.exec(line)?.[1];
    const key = /^\s*([\w."' -]+?)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = clean(header);
    const path = header !== undefined ? table : key !== undefined ? [table, clean(key)].filter(Boolean).join('.') : undefined;
    if (path !== undefined && !lines.has(path)) lines.set(path, index + 1);
  }
  return lines;
}
