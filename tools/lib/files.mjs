import { statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

/**
 * Paths of the files that are in the repository or would be added by `git add .`, relative to its root.
 *
 * @returns {Promise<string[]>}
 */
export async function repositoryFiles() {
  const { code, output, stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  if (code !== 0) throw new Error(`cannot list the files of the repository: ${output}`);
  const files = new Set(
    stdout.split('\0').filter((file) => file !== '' && statSync(join(root, file), { throwIfNoEntry: false })?.isFile()),
  );
  return [...files].sort();
}
