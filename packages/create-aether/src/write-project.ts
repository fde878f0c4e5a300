import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProjectFile } from './template.js';

/** Files that a new repository has, and that a project leaves alone. */
const harmless = new Set(['.git', '.DS_Store']);

/**
 * Writes the files of a project into a folder that is new or empty. When one cannot be written, nothing is left of them.
 *
 * @param dryRun checks the folder and writes nothing
 * @throws Error when the folder holds something
 */
export function writeProject(folder: string, files: readonly ProjectFile[], dryRun: boolean): void {
  const found = existsSync(folder) ? readdirSync(folder).filter((name) => !harmless.has(name)) : [];
  if (found.length > 0) throw new Error(`nothing was written: ${folder} is not empty, it contains ${found[0]}`);
  if (dryRun) return;
  // Undefined when the folder was there: then only what is in it is taken away again.
  const made = mkdirSync(folder, { recursive: true });
  try {
    for (const { path, content } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      // `wx`: somebody may have made it meanwhile.
      writeFileSync(file, content, { flag: 'wx' });
    }
  } catch (error) {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    else for (const { path } of files) rmSync(join(folder, path.split('/')[0] as string), { recursive: true, force: true });
    throw error;
  }
}
