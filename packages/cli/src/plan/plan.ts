/** Files that are to be written, all or none. */
import { lstatSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { Refusal } from './refusal.js';

/** A file that is to be written. */
export interface PlannedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly content: string;
}

/** How files are written. */
export interface WriteOptions {
  /** Writes nothing. Default `false`. */
  readonly dryRun?: boolean;
  /** Replaces files that are there. Default `false`. */
  readonly force?: boolean;
}

/**
 * Writes files below a folder. Without `force`, nothing is left of them when one is there already, or anything else fails; with it, files that were replaced stay
 * replaced.
 *
 * @returns paths of the files
 * @throws Refusal when files exist and `force` is not given, or a folder on the way leads elsewhere
 */
export function writePlan(
  folder: string,
  files: readonly PlannedFile[],
  { dryRun = false, force = false }: WriteOptions = {},
): string[] {
  const existing = files.filter(({ path }) => exists(join(folder, path)));
  if (existing.length > 0 && !force)
    throw new Refusal(`nothing was written, there is already: ${existing.map(({ path }) => path).join(', ')} (--force replaces)`);
  for (const { path } of files) checkInside(folder, path);
  if (!dryRun) writeAll(folder, files, force);
  return files.map(({ path }) => path);
}

function writeAll(folder: string, files: readonly PlannedFile[], force: boolean): void {
  const written: string[] = [];
  try {
    for (const { path, content } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      // `wx`: somebody may have made it meanwhile.
      writeFileSync(file, content, { flag: force ? 'w' : 'wx' });
      if (!force) written.push(file);
    }
  } catch (error) {
    for (const file of written) rmSync(file, { force: true });
    throw error;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Refuses a folder on the way that is a link to somewhere else. */
function checkInside(folder: string, path: string): void {
  let nearest = dirname(join(folder, path));
  while (!exists(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  if (!exists(folder)) return;
  const way = relative(realpathSync(folder), realpathSync(nearest));
  if (way === '..' || way.startsWith(`..${sep}`)) throw new Refusal(`nothing was written: ${path} would be outside of ${folder}`);
}
