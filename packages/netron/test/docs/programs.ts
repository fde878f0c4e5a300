/** Runs files of a document as a user would, each in a process of its own. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { SnippetFolder } from '../../../../tools/snippets.js';
import { start } from '../program.js';

export type Dialect = 'legacy' | 'standard';

/**
 * Compiles a file with the package's sources, as a TypeScript runner would.
 *
 * @param changes texts to put in place of others, for instance a port that is free
 * @returns path of the program
 */
export async function compile(
  folder: SnippetFolder,
  file: string,
  dialect: Dialect,
  changes: Record<string, string>,
): Promise<string> {
  const output = join(folder.path, dialect);
  await mkdir(output, { recursive: true });
  const outfile = join(output, `${file}.out.mjs`);
  await rm(outfile, { force: true });
  let contents = folder.files.get(file) ?? '';
  for (const [from, to] of Object.entries(changes)) contents = contents.replaceAll(from, to);
  await build({
    stdin: { contents, sourcefile: file, loader: file.endsWith('js') ? 'js' : 'ts', resolveDir: folder.path },
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent' },
    conditions: ['@omnitron-dev/source'],
    external: ['ws', 'semver', 'semver/*'],
    tsconfigRaw: { compilerOptions: { experimentalDecorators: dialect === 'legacy' } },
  });
  return outfile;
}

/** Runs a compiled program to its end; resolves with what it has written. */
export async function runToEnd(path: string): Promise<readonly string[]> {
  const { ended, lines, said } = start(path);
  const code = await ended;
  if (code !== 0) throw new Error(`the program has ended with ${code}: ${lines.join('\n')}`);
  return said;
}
